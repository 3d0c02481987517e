// What is mounted in our mount namespace (proc_pid_mountinfo(5)), as far as paths need it: on which
// devices a pair of device and inode, as PATH records have it, is one file's and no other's.
//
// It is not on btrfs, where all subvolumes have the superblock's device and each counts its inodes
// from 256; on overlayfs, whose inodes bear the numbers of several layers; in the snapshots of
// bcachefs and nilfs2; nor where a server or a program chooses the numbers (NFS, CIFS, Ceph, 9p,
// FUSE, virtiofs). So a device counts only where it is mounted here, as a kind of file system that
// is known to number each file once. Blocking file access.
#pragma once

#include <string>
#include <string_view>

#include "agent/model.h"

namespace spoor::agent {

// Of mountinfo's text. A device that is told as two kinds does not count.
Devices numbered_devices(std::string_view mountinfo);

// Empty where it cannot be read, or has more than 4 MiB.
std::string read_mounts(const std::string& path);

}  // namespace spoor::agent
