// Holds the wire schema still: spoor-v1.desc is the FileDescriptorSet of proto/spoor/v1 as last
// agreed. What is in it may not change; what is new must be put into it, deliberately:
//
//   SPOOR_WRITE_GOLDEN=1 ctest -R schema
//
// which refuses to write while anything that was agreed has changed. (Until the first release an
// agreement may be broken: remove the file first.)
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "spoor/v1/event.pb.h"
#include "spoor/v1/query.pb.h"
#include "spoor/v1/uplink.pb.h"

namespace spoor {
namespace {

namespace pb = google::protobuf;

// Every agreed fact as `what is named` -> `what is said of it`.
using Facts = std::map<std::string, std::string>;

std::string field_facts(const pb::FieldDescriptor& field) {
  std::string out = field.name() + " " + field.DebugString();
  const pb::OneofDescriptor* oneof = field.real_containing_oneof();
  if (oneof != nullptr) out += " in " + oneof->name();
  return out;
}

void add_enum(const pb::EnumDescriptor& type, Facts& facts) {
  for (int i = 0; i < type.value_count(); ++i) {
    const auto& value = *type.value(i);
    facts[type.full_name() + " = " + std::to_string(value.number()) + " " + value.name()] = "value";
  }
}

// Fields are named by number: one that moves to another number is one gone and one new.
void add_message(const pb::Descriptor& type, Facts& facts) {
  facts[type.full_name()] = "message";
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    facts[type.full_name() + "#" + std::to_string(field.number())] = field_facts(field);
  }
  for (int i = 0; i < type.nested_type_count(); ++i) add_message(*type.nested_type(i), facts);
  for (int i = 0; i < type.enum_type_count(); ++i) add_enum(*type.enum_type(i), facts);
}

void add_service(const pb::ServiceDescriptor& service, Facts& facts) {
  for (int i = 0; i < service.method_count(); ++i) {
    facts[service.method(i)->full_name()] = service.method(i)->DebugString();
  }
}

void add_file(const pb::FileDescriptor& file, Facts& facts) {
  for (int i = 0; i < file.message_type_count(); ++i) add_message(*file.message_type(i), facts);
  for (int i = 0; i < file.enum_type_count(); ++i) add_enum(*file.enum_type(i), facts);
  for (int i = 0; i < file.service_count(); ++i) add_service(*file.service(i), facts);
  for (int i = 0; i < file.extension_count(); ++i) {
    facts[file.extension(i)->full_name()] = file.extension(i)->DebugString();
  }
}

// google/protobuf/descriptor.proto is in it too, so that the lock can be read by itself.
pb::FileDescriptorSet todays_set() {
  pb::FileDescriptorSet set;
  const auto* event = v1::Event::descriptor()->file();
  for (const auto* file : {event->dependency(0), event, v1::TrailItem::descriptor()->file(),
                           v1::ShipRequest::descriptor()->file()}) {
    pb::FileDescriptorProto* copy = set.add_file();
    file->CopyTo(copy);
    file->CopyJsonNameTo(copy);
  }
  return set;
}

Facts facts_of(const pb::FileDescriptorSet& set) {
  pb::DescriptorPool pool;
  Facts facts;
  for (const auto& proto : set.file()) {
    const pb::FileDescriptor* file = pool.BuildFile(proto);
    EXPECT_NE(file, nullptr) << proto.name();
    if (file != nullptr && proto.package() == "spoor.v1") add_file(*file, facts);
  }
  return facts;
}

bool is_writing() { return std::getenv("SPOOR_WRITE_GOLDEN") != nullptr; }

pb::FileDescriptorSet lock() {
  pb::FileDescriptorSet set;
  std::ifstream in(SPOOR_LOCK, std::ios::binary);
  if (!in && is_writing()) return set;
  EXPECT_TRUE(in && set.ParseFromIstream(&in)) << SPOOR_LOCK;
  return set;
}

std::vector<std::string> changes(const Facts& locked, const Facts& today) {
  std::vector<std::string> out;
  for (const auto& [name, said] : locked) {
    const auto now = today.find(name);
    if (now == today.end()) out.push_back(name + " is gone: it was " + said);
    else if (now->second != said) out.push_back(name + " was " + said + " and is " + now->second);
  }
  return out;
}

std::vector<std::string> additions(const Facts& locked, const Facts& today) {
  std::vector<std::string> out;
  for (const auto& [name, said] : today) {
    if (!locked.contains(name)) out.push_back(name + ": " + said);
  }
  return out;
}

TEST(SchemaLock, WhatWasAgreedIsUnchangedAndWhatIsNewIsLocked) {
  const Facts today = facts_of(todays_set());
  const Facts locked = facts_of(lock());
  const auto changed = changes(locked, today);
  for (const std::string& change : changed) ADD_FAILURE() << change;
  if (is_writing() && changed.empty()) {
    std::ofstream out(SPOOR_LOCK, std::ios::binary);
    ASSERT_TRUE(todays_set().SerializeToOstream(&out));
    return;
  }
  ASSERT_GT(locked.size(), 300U) << "the lock is empty";
  for (const std::string& addition : additions(locked, today)) {
    ADD_FAILURE() << "not in the lock yet: " << addition
                  << "\nif it is meant: SPOOR_WRITE_GOLDEN=1 ctest -R schema, and commit";
  }
}

// The comparison itself must not be blind: each sort of change is made to a copy and has to show.
TEST(SchemaLock, SeesEverySortOfChange) {
  const Facts before = facts_of(todays_set());
  const auto after = [&](const std::function<void(pb::FileDescriptorProto&)>& change) {
    pb::FileDescriptorSet set = todays_set();
    change(*set.mutable_file(1));
    return changes(before, facts_of(set));
  };
  const auto event = [](pb::FileDescriptorProto& file) { return file.mutable_message_type(0); };
  using File = pb::FileDescriptorProto;
  EXPECT_EQ(after([](File&) {}).size(), 0U);
  EXPECT_EQ(after([&](File& f) { event(f)->mutable_field(0)->set_number(999); }).size(), 1U);
  EXPECT_EQ(after([&](File& f) { event(f)->mutable_field(0)->set_name("sequence"); }).size(), 1U);
  EXPECT_EQ(after([&](File& f) {
              event(f)->mutable_field(0)->set_type(pb::FieldDescriptorProto::TYPE_INT64);
            }).size(), 1U);
  EXPECT_EQ(after([&](File& f) {
              event(f)->mutable_field(0)->set_label(pb::FieldDescriptorProto::LABEL_REPEATED);
            }).size(), 1U);
  EXPECT_EQ(after([&](File& f) {
              event(f)->mutable_field()->rbegin()->clear_oneof_index();  // it leaves Event.kind
            }).size(), 1U);
  EXPECT_EQ(after([](File& f) {
              f.mutable_enum_type(1)->mutable_value()->RemoveLast();
            }).size(), 1U);
}

TEST(SchemaLock, SeesAnAddition) {
  const Facts before = facts_of(todays_set());
  pb::FileDescriptorSet set = todays_set();
  pb::FieldDescriptorProto* field = set.mutable_file(1)->mutable_message_type(0)->add_field();
  field->set_name("new_field");
  field->set_number(999);
  field->set_type(pb::FieldDescriptorProto::TYPE_BYTES);
  field->set_label(pb::FieldDescriptorProto::LABEL_OPTIONAL);
  const Facts after = facts_of(set);
  EXPECT_TRUE(changes(before, after).empty());
  EXPECT_EQ(additions(before, after).size(), 1U);
}

TEST(Schema, EveryKindSaysItsClass) {
  const auto* kinds = v1::Event::descriptor()->FindOneofByName("kind");
  ASSERT_NE(kinds, nullptr);
  ASSERT_GE(kinds->field_count(), 21);
  for (int i = 0; i < kinds->field_count(); ++i) {
    const auto& field = *kinds->field(i);
    EXPECT_TRUE(field.options().HasExtension(v1::event_class)) << field.name();
    EXPECT_NE(field.options().GetExtension(v1::event_class), v1::CLASS_UNSPECIFIED) << field.name();
  }
}

}  // namespace
}  // namespace spoor
