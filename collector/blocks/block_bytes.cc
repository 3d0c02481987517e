#include "collector/blocks/block_bytes.h"

namespace spoor::collector {

namespace {

Status not_there() { return corrupt("index block: a piece lies outside of it"); }

}  // namespace

Result<ByteView> BytesInMemory::read(uint64_t offset, size_t size, std::string&) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) return not_there();
  return bytes_.subspan(offset, size);
}

Result<std::shared_ptr<const BytesInFile>> BytesInFile::open(Files& files,
                                                             const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, files.open_read(path));
  ASSIGN_OR_RETURN(const uint64_t size, file->size());
  return std::make_shared<const BytesInFile>(std::move(file), size);
}

Result<ByteView> BytesInFile::read(uint64_t offset, size_t size, std::string& room) const {
  if (offset > size_ || size > size_ - offset) return not_there();
  RETURN_IF_ERROR(file_->read_at(offset, size, room));
  if (room.size() != size) return not_there();
  return as_bytes(room);
}

}  // namespace spoor::collector
