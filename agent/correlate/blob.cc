#include "agent/correlate/blob.h"

#include "common/crc32c.h"

namespace spoor::agent {
namespace {

constexpr size_t kHead = 2 * sizeof(uint32_t), kCrc = sizeof(uint32_t);

}  // namespace

std::string seal_blob(uint32_t magic, uint32_t version, std::string_view bytes) {
  std::string blob;
  blob.reserve(kHead + bytes.size() + kCrc);
  append_le(blob, magic);
  append_le(blob, version);
  blob.append(bytes);
  append_le(blob, crc32c(as_bytes(blob)));
  return blob;
}

Result<std::string_view> open_blob(uint32_t magic, uint32_t version, std::string_view blob) {
  if (blob.size() < kHead + kCrc) return corrupt("saved state is too short");
  const auto* bytes = reinterpret_cast<const uint8_t*>(blob.data());
  if (load_le<uint32_t>(bytes) != magic) return corrupt("saved state of another kind");
  if (load_le<uint32_t>(bytes + sizeof magic) != version) {
    return corrupt("saved state of another version");
  }
  const std::string_view sealed = blob.substr(0, blob.size() - kCrc);
  if (crc32c(as_bytes(sealed)) != load_le<uint32_t>(bytes + sealed.size())) {
    return corrupt("saved state fails its checksum");
  }
  return sealed.substr(kHead);
}

std::string_view BlobReader::string() { return bytes(number<uint32_t>()); }

std::string_view BlobReader::bytes(size_t size) {
  if (size > rest_.size()) {
    good_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

void append_string(std::string& to, std::string_view bytes) {
  append_le(to, static_cast<uint32_t>(bytes.size()));
  to.append(bytes);
}

}  // namespace spoor::agent
