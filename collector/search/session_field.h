// What rows say of their session and of whose it is: by several columns together, and by what the
// collector knows beside them. Rows of one session mostly stand together, so that each of these
// remembers the row before. One thread.
#pragma once

#include <memory>

#include "collector/language/pattern.h"
#include "collector/search/field_test.h"

namespace spoor::collector {

// Its names: `web1:6.k3f`, `web1:6` and the uid in hex. One of them whole (named_session.h), or
// a pattern that one of them is like.
Result<std::unique_ptr<FieldTest>> session_field(const RowTable& table, const Pattern& name,
                                                 bool same_case);

// The keys that opened it.
std::unique_ptr<FieldTest> session_key_field(const Pattern& key, bool same_case);

// Whose account or key that was at the row's time. Keys are those of the row and of its session.
std::unique_ptr<FieldTest> person_field(const Pattern& person, bool same_case);

}  // namespace spoor::collector
