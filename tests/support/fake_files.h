// A disk in memory that forgets what was not synced, fills up, and fails on demand. It keeps two
// pictures: what programs see, and what would be there after a power cut.
//
//  - File content becomes durable by File::sync(); a file's name (creation, rename, removal) by
//    Files::sync_folder() of its folder. Folders themselves are durable at once.
//  - crash() goes back to the durable picture. Of what was appended after the last sync a part of
//    seeded length stays, as a torn write leaves it. Files that were open fail from then on.
//
// Used by one thread. Must outlive the files it opens.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/files.h"

namespace spoor {

class FakeFiles final : public Files {
 public:
  enum class Operation : uint8_t {
    open, read, append, sync, truncate, list, sync_folder, rename, remove
  };

  // What a power cut leaves. The seed decides where each unsynced tail tears.
  void crash(uint64_t seed);
  // The disk takes this many more bytes; the append that passes it writes what fits, then fails
  // with `full`. nullopt: as many as you like.
  void set_free_bytes(std::optional<uint64_t> bytes) { free_bytes_ = bytes; }
  // The next `times` calls of this operation fail with `status` and do nothing else.
  void fail_next(Operation operation, Status status, int times = 1);
  // All calls of it but the next `calls`, until fail_next() or a crash.
  void fail_after(Operation operation, int calls, Status status);

  // A test's own hand on the bytes, past all failures. `content` is empty for a missing file.
  std::string content(const std::string& path) const;
  bool exists(const std::string& path) const { return names_.contains(path); }
  // Replaces the file, durably, and makes its folder.
  void put(const std::string& path, std::string content);
  // Calls of sync() that succeeded.
  int syncs() const { return syncs_; }

  Result<std::unique_ptr<File>> open_read(const std::string& path) override;
  Result<std::unique_ptr<File>> open_append(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Status make_folder(const std::string& folder) override;
  Status sync_folder(const std::string& folder) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;

 private:
  class OpenFile;
  struct Inode {
    std::string content;
    std::string durable;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  struct Failure {
    Status status;
    int times = 0;
    int calls_before = 0;
  };

  // The failure that was ordered for this call, or ok.
  Status ordered_failure(Operation operation);

  Names names_;
  Names durable_names_;
  std::set<std::string> folders_ = {"/"};
  std::map<Operation, Failure> failures_;
  std::optional<uint64_t> free_bytes_;
  int syncs_ = 0;
  uint64_t crashes_ = 0;
};

}  // namespace spoor
