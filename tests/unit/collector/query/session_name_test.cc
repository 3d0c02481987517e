#include "collector/query/session_name.h"

#include "collector/index/memory_index.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

TEST(SessionName, PrintsAndParses) {
  SessionRow row;
  row.key = {"web-1.example", sample_uid(0xab)};
  row.ses = 6;
  row.boot_id[0] = 0x9c;
  const std::string name = session_name(row);
  EXPECT_EQ(name, "web-1.example:6." + boot_letters(row.boot_id));
  const auto parsed = parse_session_name(name);
  ASSERT_TRUE(parsed.is_ok());
  EXPECT_EQ(parsed->agent, "web-1.example");
  EXPECT_EQ(parsed->ses, 6u);
  EXPECT_EQ(parsed->letters, boot_letters(row.boot_id));
  row.ses = 0;
  EXPECT_EQ(session_name(row), std::string("abababababababababababababababab"));
  EXPECT_EQ(parse_session_name(session_name(row))->uid, sample_uid(0xab));
}

TEST(SessionName, FindsByEachForm) {
  MemoryIndex index;
  EventMaker make;
  v1::Event other_boot = make.event(6);
  other_boot.set_session_uid(std::string(16, 'x'));
  other_boot.mutable_kernel()->set_boot_id(std::string(15, '\0') + '\1');
  ASSERT_TRUE(
      index.apply({{make.index(make.event(6)), make.index(other_boot)}}, {0}, {1}).is_ok());
  EXPECT_EQ(find_sessions(index, *parse_session_name("web1:6")).value().size(), 2u);
  const auto one = find_sessions(index, *parse_session_name("web1:6.000")).value();
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].key.session_uid[0], 'x');
  EXPECT_EQ(find_sessions(index, *parse_session_name(std::string(32, '0'))).value().size(), 0u);
  const auto by_uid = parse_session_name("06060606060606060606060606060606");
  EXPECT_EQ(find_sessions(index, *by_uid).value().size(), 1u);
}

}  // namespace
}  // namespace spoor::collector
