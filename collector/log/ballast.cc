#include "collector/log/ballast.h"

#include "common/log.h"

namespace spoor::collector {

Status Ballast::restore(uint64_t beside) {
  if (bytes_ + beside == 0) return ok();
  Status held;
  {
    auto file = files_.open_append(path_);
    if (!file.is_ok()) return file.status();
    held = (*file)->allocate(bytes_ + beside);
    if (held.is_ok() && beside > 0) held = (*file)->truncate(bytes_);
    if (held.is_ok()) held = (*file)->sync();
  }
  // Part of it would take space from who needs it now.
  if (!held.is_ok() || bytes_ == 0) give_up();
  return held;
}

void Ballast::give_up() {
  const Status removed = files_.remove(path_);
  if (!removed.is_ok() && removed.code() != Code::not_found)
    log_error("cannot give up the ballast: {}", removed.message());
}

}  // namespace spoor::collector
