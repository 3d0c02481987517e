// Where the bytes of an index block lie: in memory, or in a file of which only those pieces are
// read that an answer needs. Immutable; any number of threads, each with room of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "common/bytes.h"
#include "common/files.h"

namespace spoor::collector {

class BlockBytes {
 public:
  virtual ~BlockBytes() = default;
  virtual uint64_t size() const = 0;
  // All of `size` bytes at `offset`, in `room` or wherever they are anyway: good as long as both.
  // `corrupt` where they are not there.
  virtual Result<ByteView> read(uint64_t offset, size_t size, std::string& room) const = 0;
};

// Views them.
class BytesInMemory final : public BlockBytes {
 public:
  explicit BytesInMemory(ByteView bytes) : bytes_(bytes) {}

  uint64_t size() const override { return bytes_.size(); }
  Result<ByteView> read(uint64_t offset, size_t size, std::string& room) const override;

 private:
  const ByteView bytes_;
};

// Owns the file, which is taken to be as long as it was when it was opened.
class BytesInFile final : public BlockBytes {
 public:
  static Result<std::shared_ptr<const BytesInFile>> open(Files& files, const std::string& path);
  BytesInFile(std::unique_ptr<File> file, uint64_t size) : file_(std::move(file)), size_(size) {}

  uint64_t size() const override { return size_; }
  Result<ByteView> read(uint64_t offset, size_t size, std::string& room) const override;

 private:
  const std::unique_ptr<File> file_;
  const uint64_t size_;
};

}  // namespace spoor::collector
