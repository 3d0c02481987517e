#include "agent/source/uring_ops.h"

#include <array>
#include <utility>

namespace spoor::agent {
namespace {

// By number and not by enumerator: the headers that we are built with know fewer than a newer
// kernel.
constexpr std::array<std::pair<uint32_t, std::string_view>, 26> kOps = {{
    {9, "sendmsg"},      {10, "recvmsg"},     {13, "accept"},    {16, "connect"},
    {17, "fallocate"},   {18, "openat"},      {19, "close"},     {28, "openat2"},
    {34, "shutdown"},    {35, "renameat"},    {36, "unlinkat"},  {37, "mkdirat"},
    {38, "symlinkat"},   {39, "linkat"},      {40, "msg_ring"},  {41, "fsetxattr"},
    {42, "setxattr"},    {43, "fgetxattr"},   {44, "getxattr"},  {46, "uring_cmd"},
    {48, "sendmsg_zc"},  {50, "waitid"},      {54, "fixed_fd_install"},
    {55, "ftruncate"},   {56, "bind"},        {57, "listen"},
}};

}  // namespace

std::optional<uint32_t> find_uring_op(std::string_view name) {
  for (const auto& [number, known] : kOps) {
    if (known == name) return number;
  }
  return std::nullopt;
}

std::string_view uring_op_name(uint32_t number) {
  for (const auto& [known, name] : kOps) {
    if (known == number) return name;
  }
  return {};
}

}  // namespace spoor::agent
