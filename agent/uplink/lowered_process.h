// What enrolment does with the network and with the uplink's files, though it was started as root:
// in a child process that is the uplink's user for good, so that whatever a server sends is never
// read by root, and a link that the uplink planted never leads root anywhere.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "common/result.h"

namespace spoor::uplink {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
};

// A name in the text of a passwd(5), or a uid, whose group is the account's, or of the same number
// where there is none. `not_found` for a name that is not there.
Result<Account> find_account(std::string_view name, std::string_view passwd);

// Forks, becomes `account` (for root; others must be it already), and gives what `work` gave there.
// At most `size_max` bytes. The caller must be the only thread; a child that dies is `internal`.
// `meanwhile` is done here, where the child's memory is not.
Result<std::string> run_as(const Account& account, size_t size_max,
                           const std::function<Result<std::string>()>& work,
                           const std::function<void()>& meanwhile = {});

}  // namespace spoor::uplink
