#include "collector/index/session_part_bytes.h"

#include <gtest/gtest.h>

#include "collector/limits.h"
#include "tests/support/left_to_log.h"
#include "tests/support/random_event.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

Result<SessionPart> decode(const SessionPartBytes& bytes) {
  SessionPart out;
  RETURN_IF_ERROR(decode_place(bytes.place, out));
  RETURN_IF_ERROR(decode_told(bytes.told, out));
  RETURN_IF_ERROR(decode_sums(bytes.sums, out));
  return out;
}

SessionPart sample() {
  EventMaker make, later("web1", 7);
  SessionPart part;
  v1::Event opened = make.event(1);
  opened.mutable_session_opened()->set_found_running(true);
  opened.mutable_source()->set_address("192.0.2.7");
  part.add(make.index(opened));
  for (uint32_t pid = 1; pid < 9; ++pid) part.add(make.index(make.started(1, pid)));
  for (uint32_t pid = 5; pid < 20; ++pid) part.add(later.index(later.ended(1, pid, pid % 2)));
  for (int i = 0; i < 5'000; ++i) {
    v1::Event file = later.event(1);
    file.mutable_file_access()->set_operation(v1::FileAccess::OPERATION_CREATE);
    file.mutable_file_access()->set_path("/f" + std::to_string(i));
    part.add(later.index(file));
  }
  part.add(later.index(later.closed(1)));
  part.rows = {{17, 4095, 2}, {18, 0, 1}};
  return part;
}

TEST(SessionPartBytes, APartComesBack) {
  const SessionPart part = sample();
  const SessionPartBytes bytes = encode_part(part, part.rows);
  const auto back = decode(bytes);
  ASSERT_TRUE(back.is_ok()) << back.status().message();
  EXPECT_EQ(back->row.first_ns, part.row.first_ns);
  EXPECT_EQ(back->row.last_ns, part.row.last_ns);
  EXPECT_EQ(back->row.ses, 1u);
  EXPECT_EQ(back->row.boot_id, part.row.boot_id);
  EXPECT_TRUE(back->is_closed && back->was_found_running);
  EXPECT_EQ(back->epochs, part.epochs);
  EXPECT_EQ(back->rows, part.rows);
  EXPECT_EQ(back->sums, part.sums);
  EXPECT_FALSE(back->sums.files_changed.is_exact());
  EXPECT_EQ(back->told.head(part.row).source.address(), "192.0.2.7");
  EXPECT_EQ(encode_part(*back, {}).told, bytes.told);
}

// A few bytes a session: nothing that its events alone say is in them.
TEST(SessionPartBytes, AQuietSessionTakesLittle) {
  EventMaker make;
  SessionPart part;
  v1::Event started = make.started(1, 5);
  for (int i = 0; i < 100; ++i) started.add_records()->set_type(1300);
  for (int i = 0; i < 50; ++i) part.add(make.index(started));
  const SessionPartBytes bytes = encode_part(part, part.rows);
  EXPECT_LT(bytes.place.size(), 50u);
  EXPECT_LT(bytes.told.size(), 60u);
  EXPECT_LT(bytes.sums.size(), 30u);
}

TEST(SessionPartBytes, WhatWasCutShortIsNone) {
  EventMaker make;
  SessionPart part;
  part.add(make.index(make.started(1, 5)));
  part.rows = {{17, 4095, 2}};
  const SessionPartBytes bytes = encode_part(part, part.rows);
  for (size_t size = 0; size < bytes.place.size(); ++size) {
    SessionPart out;
    EXPECT_EQ(decode_place(bytes.place.substr(0, size), out).code(), Code::corrupt) << size;
  }
  for (size_t size = 0; size < bytes.sums.size(); ++size) {
    SessionPart out;
    EXPECT_EQ(decode_sums(bytes.sums.substr(0, size), out).code(), Code::corrupt) << size;
  }
  SessionPart out;
  EXPECT_EQ(decode_told(bytes.told.substr(0, bytes.told.size() - 1), out).code(), Code::corrupt);
  EXPECT_EQ(decode_place(bytes.place + "x", out).code(), Code::corrupt);
}

TEST(SessionPartBytes, AnyEventComesBack) {
  for (uint64_t seed = 1; seed < 300; ++seed) {
    IndexedEvent event = EventMaker("web1", seed).index(RandomEvent(seed).event());
    event.received_ns = -static_cast<int64_t>(seed);
    event.entry = seed;
    const auto back = decode_event(encode_event(event));
    ASSERT_TRUE(back.is_ok());
    EXPECT_EQ(spoor::bytes_of(*back->event), spoor::bytes_of(*event.event));
    EXPECT_EQ(back->agent, event.agent);
    EXPECT_EQ(back->stream, event.stream);
    EXPECT_EQ(back->event_class, event.event_class);
    EXPECT_EQ(back->epoch, event.epoch);
    EXPECT_EQ(back->sequence, event.sequence);
    EXPECT_EQ(back->received_ns, event.received_ns);
    EXPECT_EQ(back->entry, seed);
  }
  EXPECT_EQ(decode_event("").code(), Code::corrupt);
  EXPECT_EQ(decode_event(std::string(17, '\x7f')).code(), Code::corrupt);
}

}  // namespace
}  // namespace spoor::collector
