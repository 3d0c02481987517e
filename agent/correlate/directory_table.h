// Directories that a session was seen in, by (device, inode): where a call names a file relative to
// a descriptor, the kernel's PARENT record has the directory's true inode and a false name (the
// working directory's), so that this table is what makes such a path absolute.
//
// A path is taken in only where it is certain, and on a device whose inode numbers are one file's
// each (agent/source/mounts.h). It goes when the directory is seen to be renamed or
// removed, or one above it, in any session. What this cannot know: a rename that no rule records,
// and a removed directory whose inode number another one got. Nor is (device, inode) enough where a
// session sees two trees of files: one that changes its root or enters another mount namespace by
// a call that is recorded has its directories forgotten and takes in no more. A path from inside
// such a tree is relative to its root.
//
// Everything but eviction costs what it finds, not what there is: a session that makes and removes
// a hundred thousand directories has none of its own here. Saved are the sessions with two trees
// alone: a directory that was forgotten is learnt again. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/activity_fact.h"
#include "agent/correlate/blob.h"
#include "agent/limits.h"
#include "agent/model.h"

namespace spoor::agent {

class DirectoryTable {
 public:
  explicit DirectoryTable(size_t bytes_max = kDirectoryTableBytesMax) : bytes_max_(bytes_max) {}
  // Its index holds views of its paths.
  DirectoryTable(const DirectoryTable&) = delete;
  DirectoryTable& operator=(const DirectoryTable&) = delete;
  DirectoryTable(DirectoryTable&&) = default;
  DirectoryTable& operator=(DirectoryTable&&) = default;

  // What is mounted now: nothing is learnt on other devices. All is forgotten, since paths may lead
  // elsewhere, and a device's number may be another's. Until then, for a log that is played, each
  // device counts that is a block device: btrfs and overlayfs have none.
  void set_devices(std::shared_ptr<const Devices> devices);

  // `path` is absolute, without a slash at its end. Nothing is learnt of an unset session.
  void learn(uint32_t ses, const DirectoryId& id, std::string_view path);
  // Empty: not known. Valid until the next call of another function.
  std::string_view find(uint32_t ses, const DirectoryId& id);
  // It was removed or moved, or another one got its number: it goes with all below it, in every
  // session, by each path that some session knew it by and by its `path`, where that is known. One
  // that has moved took others with it: where neither is known to a session, that one's go all.
  void forget(const DirectoryId& id, std::string_view path, bool has_moved);
  // Something was mounted or unmounted: paths may lead elsewhere.
  void forget_all();
  // The session has two trees of files from now on.
  void give_up_session(uint32_t ses);
  bool has_given_up(uint32_t ses) const {
    return ses < given_up_before_ || given_up_.contains(ses);
  }
  // Beyond kSessionsMax of them that have not ended, each session with a lesser number counts as
  // one. 0: none.
  uint64_t given_up_before() const { return given_up_before_; }
  // Its last process has ended.
  void session_ended(uint32_t ses);

  // Which sessions are given up, and no directories.
  void save(std::string& to) const;
  // False, and none given up, for what makes no sense.
  bool restore(BlobReader& from);
  void forget_given_up();

  size_t size() const { return entries_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string path;
    uint64_t used = 0;  // counts uses; the least was unused for longest
  };
  using Key = std::tuple<uint32_t, uint64_t, uint64_t>;  // session, device, inode
  using Entries = std::map<Key, Entry>;

  Entries::iterator erase(Entries::iterator at);
  bool is_numbered(uint64_t device) const;
  void forget_session(uint32_t ses);
  void give_up_before(uint64_t ses);
  void forget_all_but(const std::vector<uint32_t>& sessions);
  void forget_below(std::string_view folder);
  void evict();

  std::shared_ptr<const Devices> devices_;
  Entries entries_;
  std::set<std::tuple<uint64_t, uint64_t, uint32_t>> by_id_;  // device, inode, session
  std::set<std::pair<std::string_view, Key>> by_path_;        // the entry's own
  std::set<uint32_t> given_up_;
  uint64_t given_up_before_ = 0;
  size_t bytes_max_;
  size_t bytes_ = 0;
  uint64_t uses_ = 0;
};

}  // namespace spoor::agent
