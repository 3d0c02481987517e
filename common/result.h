// Errors are values. A Status says whether a call worked and, if not, what its caller should do
// next (the code) and what happened (the message, for people). Result<T> is a Status or a T.
//
// Nothing of ours throws. A library that does is caught in the one function that calls it.
// Immutable after construction; safe to copy between threads.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "common/check.h"

namespace spoor {

// Named for the caller's next step, not for the cause.
enum class Code : unsigned char {
  ok,
  invalid,      // count it, keep the bytes, go on
  not_found,    // it is not there; go on without
  denied,       // do not retry
  full,         // push back, or drop by policy and count
  corrupt,      // skip to the next good one
  unavailable,  // retry with backoff
  internal,     // our own bug or a broken machine: stop
};

// The code's name as written above, for messages and tests.
const char* code_name(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool is_ok() const { return code_ == Code::ok; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  // The same failure, told from one level up: "opening the spool: <message>".
  Status with_context(const std::string& context) const {
    return is_ok() ? *this : Status(code_, context + ": " + message_);
  }

 private:
  Code code_ = Code::ok;
  std::string message_;
};

inline Status ok() { return {}; }
inline Status invalid(std::string m) { return {Code::invalid, std::move(m)}; }
inline Status not_found(std::string m) { return {Code::not_found, std::move(m)}; }
inline Status denied(std::string m) { return {Code::denied, std::move(m)}; }
inline Status full(std::string m) { return {Code::full, std::move(m)}; }
inline Status corrupt(std::string m) { return {Code::corrupt, std::move(m)}; }
inline Status unavailable(std::string m) { return {Code::unavailable, std::move(m)}; }
inline Status internal(std::string m) { return {Code::internal, std::move(m)}; }

// A Status from errno: ENOENT is not_found, EACCES and EPERM are denied, ENOSPC and EDQUOT are
// full, EAGAIN, EINTR, EIO and the network's errors are unavailable, the rest internal.
Status from_errno(int error, const std::string& what);

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Status status) : state_(std::move(status)) { CHECK(!std::get<Status>(state_).is_ok()); }

  bool is_ok() const { return std::holds_alternative<T>(state_); }
  Status status() const { return is_ok() ? Status() : std::get<Status>(state_); }
  Code code() const { return is_ok() ? Code::ok : std::get<Status>(state_).code(); }
  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T* operator->() { return &std::get<T>(state_); }
  const T* operator->() const { return &std::get<T>(state_); }
  T& operator*() & { return std::get<T>(state_); }
  const T& operator*() const& { return std::get<T>(state_); }
  T&& operator*() && { return std::get<T>(std::move(state_)); }

 private:
  std::variant<Status, T> state_;
};

#define SPOOR_CONCAT_(a, b) a##b
#define SPOOR_CONCAT(a, b) SPOOR_CONCAT_(a, b)
// Leaves the function with the failure of `expression`, a Status.
#define RETURN_IF_ERROR(expression)                                               \
  do {                                                                            \
    if (::spoor::Status failed_ = (expression); !failed_.is_ok()) return failed_; \
  } while (false)
// `ASSIGN_OR_RETURN(auto x, call())`: x is call()'s value; a failure leaves the function.
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_(SPOOR_CONCAT(result_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_(result, target, expression) \
  auto result = (expression);                         \
  if (!result.is_ok()) return result.status();        \
  target = std::move(result).value()

}  // namespace spoor
