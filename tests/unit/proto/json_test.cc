#include "proto/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <limits>
#include <random>

#include "spoor/v1/query.pb.h"

namespace spoor {
namespace {

using Json = nlohmann::json;

std::string from_base64(const std::string& text) {
  static const std::string digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    group = group << 6 | static_cast<uint32_t>(digits.find(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<char>(group >> bits & 0xFF));
  }
  return out;
}

TEST(Json, ScalarsAreAlwaysThereAndWhatIsUnsetIsNot) {
  v1::Session session;
  session.set_session_uid("\x01\xfe");
  session.set_type(v1::SessionOpened::TYPE_SSH);
  const Json json = Json::parse(to_json(session));
  EXPECT_EQ(json["session_uid"], "01fe");
  EXPECT_EQ(json["boot_id"], "");
  EXPECT_EQ(json["type"], "TYPE_SSH");
  EXPECT_EQ(json["commands"], 0);
  EXPECT_EQ(json["opening_seen"], false);
  EXPECT_FALSE(json.contains("login_uid"));
  EXPECT_FALSE(json.contains("source"));
  session.set_login_uid(0);
  EXPECT_EQ(Json::parse(to_json(session))["login_uid"], 0);
}

// jq 1.6, like JavaScript, rounds numbers beyond 2^53.
TEST(Json, WhatADoubleDoesNotHoldIsAString) {
  v1::Command command;
  command.set_number(std::numeric_limits<uint64_t>::max());
  command.set_started_ns(std::numeric_limits<int64_t>::min());
  command.set_error(-7);
  const std::string text = to_json(command);
  EXPECT_NE(text.find("\"number\":18446744073709551615,"), std::string::npos);
  EXPECT_NE(text.find("\"started_ns\":\"-9223372036854775808\","), std::string::npos);
  EXPECT_NE(text.find("\"error\":-7,"), std::string::npos);
  v1::AuditField field;
  field.set_number(-13);
  EXPECT_EQ(Json::parse(to_json(field))["number"], "-13");
  field.set_hex(std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(Json::parse(to_json(field))["hex"], "18446744073709551615");
  v1::PathItem path;
  path.set_inode((1ull << 53) + 1);
  EXPECT_EQ(Json::parse(to_json(path))["inode"], "9007199254740993");
  v1::SessionFact fact;
  fact.set_certificate_serial(7);
  EXPECT_EQ(Json::parse(to_json(fact))["certificate_serial"], "7");
}

TEST(Json, AnEnumWithoutANameIsItsNumber) {
  v1::Command command;
  command.set_end(static_cast<v1::Command::End>(77));
  command.add_incomplete(v1::INCOMPLETE_LATE);
  command.add_incomplete(static_cast<v1::Incomplete>(99));
  const Json json = Json::parse(to_json(command));
  EXPECT_EQ(json["end"], 77);
  EXPECT_EQ(json["incomplete"], Json::parse(R"(["INCOMPLETE_LATE", 99])"));
}

TEST(Json, BytesComeBackExactlyAndAreInert) {
  std::mt19937 random(11);
  v1::Command command;
  command.add_args("");
  command.add_args("plain \"quoted\" back\\slash\n\x1b[31m\x7f");
  command.add_args("\u202e\u009b\u2028 日本 \U000e0041 🚀");
  for (int length = 0; length < 200; ++length) {
    std::string bytes;
    for (int i = 0; i < length % 9; ++i) bytes.push_back(static_cast<char>(random() & 0xFF));
    command.add_args(bytes);
  }
  const std::string text = to_json(command);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
  const Json args = Json::parse(text)["args"];
  ASSERT_EQ(args.size(), static_cast<size_t>(command.args_size()));
  for (int i = 0; i < command.args_size(); ++i) {
    const Json& value = args[static_cast<size_t>(i)];
    const bool is_text = value.is_string();
    EXPECT_EQ(is_text ? value.get<std::string>() : from_base64(value["b64"]), command.args(i));
  }
}

TEST(Json, TrailItemsAreNamedByTheirKind) {
  v1::TrailItem item;
  item.mutable_lag()->set_bytes_behind(3);
  EXPECT_EQ(to_json(item),
            R"({"lag":{"bytes_behind":3,"indexed_until_ns":"0","events_unread":0,)"
            R"("unread_why":""}})");
  EXPECT_EQ(to_json(v1::TrailItem()), "{}");
}

TEST(Json, OneofMembersShowOnlyWhatIsSet) {
  v1::ProcessEnded ended;
  ended.set_exit_code(0);
  const Json json = Json::parse(to_json(ended));
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_FALSE(json.contains("signal"));
}

TEST(Json, MapsAreSortedObjects) {
  v1::DataChange change;
  (*change.mutable_key())["b"] = "2";
  (*change.mutable_key())["a"] = "\xff";
  EXPECT_NE(to_json(change).find(R"("key":{"a":{"b64":"/w=="},"b":"2"})"), std::string::npos);
}

TEST(Json, FieldsOfALaterSchemaAreListedByNumber) {
  v1::TrailItem item;
  // Fields 900 and 900 again, varint 1: nobody has defined them.
  ASSERT_TRUE(item.ParseFromString("\xa0\x38\x01\xa0\x38\x01"));
  EXPECT_EQ(to_json(item), R"({"unknown_fields":[900]})");
}

}  // namespace
}  // namespace spoor
