// Real lines of Debian 12's programs (OpenSSH 9.2, sudo 1.9.13, util-linux 2.38, shadow 4.13, PAM
// 1.5.2), of files with both sorts of time: each with what was read from it, in auth_lines.txt.
#include <gtest/gtest.h>

#include "agent/decode/auth_log.h"
#include "common/files.h"
#include "tests/golden/agent/played_events.h"
#include "tests/support/log_event_words.h"
#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

const std::string kFolder = in_source("tests/golden/agent/");

// `2026-11-22T07:53:55.280901+00:00 vm sshd[7]: …`, `Nov 22 08:23:49 vm sudo: …`
LogLine taken_apart(std::string_view text) {
  for (int words = text.starts_with("20") ? 2 : 4; words > 0; --words) {
    text.remove_prefix(text.find(' ') + 1);
  }
  LogLine line;
  line.tag = text.substr(0, text.find_first_of("[:"));
  line.message = text.substr(text.find(": ") + 2);
  return line;
}

TEST(AuthLinesTest, RealLines) {
  PosixFiles files;
  const auto log = read_file(files, kFolder + "auth_lines.log", 1u << 20);
  ASSERT_TRUE(log.is_ok());
  std::string out;
  for (size_t at = 0; at < log->size();) {
    const size_t end = log->find('\n', at);
    const LogLine line = taken_apart(std::string_view(*log).substr(at, end - at));
    const LogEvent event = decode_auth_log(line);
    out.append(line.message).append("\n  ").append(event.program).append(": ");
    out.append(words_of(event)).append("\n");
    at = end + 1;
  }
  expect_golden(kFolder + "auth_lines.txt", out);
}

}  // namespace
}  // namespace spoor::agent
