#include "agent/checkpoint_key.h"

#include "agent/spool/small_file.h"

namespace spoor::agent {
namespace {

constexpr size_t kPemBytesMax = 4096;

}  // namespace

Result<std::optional<SigningKey>> read_checkpoint_key(const std::string& path,
                                                      uint32_t owner_uid) {
  const auto is_ours_alone = [owner_uid](const struct stat& info) {
    if (info.st_uid == owner_uid && (info.st_mode & (S_IRWXG | S_IRWXO)) == 0) return ok();
    return denied("it must be uid " + std::to_string(owner_uid) + "'s, with mode 0400");
  };
  const auto pem = read_small_file(path, kPemBytesMax, is_ours_alone);
  if (pem.code() == Code::not_found) return std::optional<SigningKey>();
  if (!pem.is_ok()) return pem.status();
  auto key = SigningKey::from_pem(*pem);
  if (!key.is_ok()) return key.status().with_context(path);
  return std::optional<SigningKey>(std::move(key).value());
}

}  // namespace spoor::agent
