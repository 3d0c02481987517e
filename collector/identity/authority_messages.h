// What spoor-collector-ca reads from its socket and writes to it: a question in, an answer out, as
// proto/spoor/v1/authority.proto has them. Whatever the packet holds, an answer comes, and nothing
// is kept of one that is refused. One thread.
#pragma once

#include <string>
#include <string_view>

#include "collector/identity/authority.h"

namespace spoor::collector {

// The authority's side.
std::string answer_question(Authority& authority, std::string_view packet, int64_t now_s);

// The collector's side.
std::string question_of(const EnrolWish& wish);
std::string question_of(const RenewWish& wish);
std::string journal_question(int64_t after);
// The answer's failure, or what it grants; `corrupt` where it is no answer.
Result<Granted> granted_of(std::string_view packet);
Result<std::vector<JournalRow>> journal_of(std::string_view packet);

}  // namespace spoor::collector
