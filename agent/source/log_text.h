// One line of /var/log/auth.log or /var/log/secure, as rsyslog and syslog-ng write them:
//
//   Nov  5 07:39:12 host tag[pid]: message           RSYSLOG_TraditionalFileFormat, RFC 3164
//   2026-11-05T07:39:12.123456+01:00 host tag[pid]: message    RSYSLOG_FileFormat, RFC 3339
//
// with or without `<priority>` before it, and without `[pid]`. What a line says of its writer
// anybody may have written. Any bytes make a line. No state but the time zone (tzset(3)).
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/log_line.h"

namespace spoor::agent {

// Time, host, tag, message and text of the line, which views into `text`. A time without a year is
// local, of the last year in which it is not more than a day after `now_ns`; a line without a time
// that can be read has `now_ns`. Without a header all of it is message.
LogLine read_log_text(std::string_view text, int64_t now_ns);

}  // namespace spoor::agent
