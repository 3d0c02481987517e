#include "agent/uplink/id_file.h"

namespace spoor::uplink {
namespace {

constexpr size_t kBytesMax = 4096;

}  // namespace

Result<Id> read_id_file(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, read_file(files, path, kBytesMax));
  std::erase_if(text, [](char c) { return c == '-' || c == '\n'; });
  const auto id = array_from_hex<16>(text);
  return id.is_ok() ? id : Result<Id>(id.status().with_context(path));
}

}  // namespace spoor::uplink
