#include "common/result.h"

#include <cerrno>
#include <cstring>

namespace spoor {

const char* code_name(Code code) {
  switch (code) {
    case Code::ok: return "ok";
    case Code::invalid: return "invalid";
    case Code::not_found: return "not_found";
    case Code::denied: return "denied";
    case Code::full: return "full";
    case Code::corrupt: return "corrupt";
    case Code::unavailable: return "unavailable";
    case Code::internal: return "internal";
  }
  return "unknown";
}

Status from_errno(int error, const std::string& what) {
  const std::string message = what + ": " + std::strerror(error);
  switch (error) {
    case ENOENT:
    case ESRCH: return not_found(message);
    case EACCES:
    case EPERM:
    case EROFS: return denied(message);
    case ENOSPC:
    case EDQUOT: return full(message);
    case EAGAIN:
    case EINTR:
    case EIO:
    case ECONNREFUSED:
    case ENOBUFS:
    case ETIMEDOUT: return unavailable(message);
    default: return internal(message);
  }
}

}  // namespace spoor
