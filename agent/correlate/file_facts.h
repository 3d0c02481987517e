// What an event did to a file: by its call, or, for a call that file_call() does not know, by the
// kinds of its PATH records.
//
// A path is absolute only where that is true: it was given so; or it is relative to the working
// directory, and not to a descriptor; or its folder's PARENT record has the inode of a directory
// that the session was seen in, or that the descriptor was seen to lead to
// (AuditEvent::directories, agent/correlate/place_gate.h). In a session that changed its root or
// its mounts by a call that is recorded no path is called absolute any more: which of its processes
// did so with it, and for how long, is not known. Nor is one where openat2(2) takes a directory for
// the root, or that leads through a link of /proc/PID. All else stays as it was given, with its
// folder's inode where there is a PARENT, and says that it is not resolved. A path that ends in a
// slash is a folder's: of a call that failed early the kernel tells no more.
//
// A call that is given a file's own descriptor names none: the process's own earlier open of that
// (device, inode) does, as long as neither the file nor a folder above it was seen to be renamed or
// removed.
//
// A descriptor is asked about after the call: by then it may be closed, which yields nothing, or
// another directory's, which has another inode. Only a directory that was renamed in between has a
// path that it did not have at the time.
//
// Owns the directories; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/correlate/directory_table.h"
#include "agent/correlate/file_call.h"
#include "agent/correlate/path_items.h"
#include "agent/model.h"

namespace spoor::agent {

// The name of the event's system call, or of its io_uring operation; empty: neither.
std::string_view call_of(const AuditEvent& event);
// Whether read() would say that it is one. Of io_uring only after decode_fields().
bool is_file_access(const AuditEvent& event);

class FileFacts {
 public:
  void set_devices(std::shared_ptr<const Devices> devices) {
    opened_.set_devices(devices);
    directories_.set_devices(std::move(devices));
  }
  // Absent: it did nothing to any file. What the fact views is valid until the next call. Learns
  // and forgets directories. Not for a command.
  std::optional<FileAccess> read(const AuditEvent& event, uint32_t ses);

  // Whether it would take a look at the descriptors that the call was given to make its paths
  // absolute; these, and the directories that they have to lead to, then go into the question. Its
  // session is the one that the record names.
  bool asks_for_directories(const AuditEvent& event, PlaceQuestion& question);

  const DirectoryTable& directories() const { return directories_; }
  DirectoryTable& directories() { return directories_; }

 private:
  // The event that is read.
  struct Reading {
    const AuditEvent& event;
    uint32_t ses;
    FileCall call;
    PathItems items;
    std::string_view cwd;
    bool other_root;  // the session's paths may begin at another root than the host's
    bool own_root;    // the call's names may begin at its directory
    // What was seen behind the descriptors of base and new base; null: nothing that fits.
    const DirectorySeen* given = nullptr;
    const DirectorySeen* new_given = nullptr;
    const DirectorySeen* given_for(int8_t base) const {
      return base == call.base ? given : base == call.new_base ? new_given : nullptr;
    }
  };
  static void fit_given(Reading& in);
  std::string_view find(const Reading& in, const DirectoryId& id);
  void note_tree_change(const AuditEvent& event, uint32_t ses, std::string_view call);
  void name_paths(const Reading& in, FileAccess& access);
  FileAccess::Path place(const Reading& in, const PathFields* item, int8_t base,
                         std::string& buffer);
  FileAccess::Path place_in_folder(const Reading& in, const PathFields& item, int8_t base,
                                   std::string& buffer);
  FileAccess::Path place_of_folder(const Reading& in, int8_t base, std::string& buffer);
  const PathFields* parent_of(const Reading& in, const PathFields& item, int8_t base);
  void forget(const Reading& in, const FileAccess& access);
  void learn(const Reading& in, const PathFields* item, int8_t base,
             const FileAccess::Path& path);

  DirectoryTable directories_;
  // Files, where the process that opened them stands for the session.
  DirectoryTable opened_{kDirectoryTableBytesMax / 4};
  std::string path_, new_path_;
};

}  // namespace spoor::agent
