#include "collector/index/command.h"

namespace spoor::collector {

bool is_as_other(const v1::Event& started) {
  return started.actor().has_login_uid() &&
         started.actor().login_uid() != started.command_started().credentials().euid();
}

bool is_as_root(const v1::Event& started) {
  return is_as_other(started) && started.command_started().credentials().euid() == 0;
}

}  // namespace spoor::collector
