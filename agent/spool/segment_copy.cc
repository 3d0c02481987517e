#include "agent/spool/segment_copy.h"

#include <algorithm>

namespace spoor::agent {
namespace {

constexpr uint64_t kPieceBytes = 1u << 20;

Status copy(Files& files, File& file, const std::string& to_path, uint64_t bytes) {
  ASSIGN_OR_RETURN(const auto to, files.open_append(to_path));
  RETURN_IF_ERROR(to->truncate(0));
  std::string piece;
  for (uint64_t at = 0; at < bytes; at += piece.size()) {
    RETURN_IF_ERROR(file.read_at(at, std::min(bytes - at, kPieceBytes), piece));
    if (piece.empty()) return corrupt(to_path + ": what it is made from has become shorter");
    RETURN_IF_ERROR(to->append(piece));
  }
  return to->sync();
}

}  // namespace

Status write_anew(Files& files, File& file, const std::string& path, uint64_t bytes) {
  const std::string to_path = path + ".tmp";
  Status written = copy(files, file, to_path, bytes);
  if (written.is_ok()) written = files.rename(to_path, path);
  if (!written.is_ok()) (void)files.remove(to_path);
  return written;
}

}  // namespace spoor::agent
