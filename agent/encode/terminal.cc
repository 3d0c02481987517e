#include "agent/encode/terminal.h"

#include <string>

namespace spoor::agent {

void put_terminal(WireWriter& to, int field, std::string_view said) {
  constexpr std::string_view kFolder = "/dev/", kPty = "pts";
  if (said.starts_with(kFolder)) said.remove_prefix(kFolder.size());
  const std::string_view number = said.starts_with(kPty) ? said.substr(kPty.size()) : "";
  if (number.empty() || number.find_first_not_of("0123456789") != number.npos) {
    return to.bytes(field, said);
  }
  to.bytes(field, "pts/" + std::string(number));
}

}  // namespace spoor::agent
