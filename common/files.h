// The door to the disk. Spool, log and state reach files through it, so that tests can hand them a
// disk that is full, slow, or forgets what was not synced (tests/support/fake_files.h).
// Errors are those of from_errno(): `full` for ENOSPC, `not_found` for ENOENT. Paths are absolute.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/result.h"

namespace spoor {

// One open file. Used by one thread at a time; closed by its destructor.
class File {
 public:
  virtual ~File() = default;
  // Reads up to `size` bytes at `offset` into `out` (replaced); fewer only at the end of the file.
  // Of a real disk's file that nobody writes any more any number of threads may read at once.
  virtual Status read_at(uint64_t offset, size_t size, std::string& out) = 0;
  // Writes all of `bytes` at the end. After a failure the file may hold part of them: truncate it.
  virtual Status append(std::string_view bytes) = 0;
  // What was appended survives a power cut once this returns ok (fdatasync(2)).
  virtual Status sync() = 0;
  virtual Status truncate(uint64_t size) = 0;
  virtual Result<uint64_t> size() = 0;
  // The disk has this many bytes for the file from here on, and it is at least so long: `full`
  // where it has not. Here by writing zeros; a real disk only notes it.
  virtual Status allocate(uint64_t size);
};

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::unique_ptr<File>> open_read(const std::string& path) = 0;
  // Creates the file (mode 0640) if it is not there; the caller syncs the folder to keep it.
  virtual Result<std::unique_ptr<File>> open_append(const std::string& path) = 0;
  // The same for a secret: a file that is created has mode 0600. A disk without modes knows no
  // difference.
  virtual Result<std::unique_ptr<File>> open_secret(const std::string& path) {
    return open_append(path);
  }
  // Names in the folder, sorted, without `.` and `..`.
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  // Creates the folder (mode 0750) and its parents; ok if it is there.
  virtual Status make_folder(const std::string& folder) = 0;
  virtual Status sync_folder(const std::string& folder) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;
};

class PosixFiles final : public Files {
 public:
  Result<std::unique_ptr<File>> open_read(const std::string& path) override;
  Result<std::unique_ptr<File>> open_append(const std::string& path) override;
  Result<std::unique_ptr<File>> open_secret(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Status make_folder(const std::string& folder) override;
  Status sync_folder(const std::string& folder) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
};

// The whole file, at most `size_max` bytes (`full` beyond that).
Result<std::string> read_file(Files& files, const std::string& path, size_t size_max);
// Replaces the file whole or not at all, and durably: temporary name, sync, rename, folder sync.
Status write_file(Files& files, const std::string& path, std::string_view content);
// The same with mode 0600, whatever was there before.
Status write_secret_file(Files& files, const std::string& path, std::string_view content);

}  // namespace spoor
