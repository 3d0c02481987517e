#include "agent/decode/field_types.h"

namespace spoor::agent {
namespace {

TEST(FieldTypes, ByName) {
  EXPECT_EQ(field_type(1300, "auid").form, FieldForm::id);
  EXPECT_EQ(field_type(1300, "exe").form, FieldForm::path);
  EXPECT_EQ(field_type(1302, "mode").form, FieldForm::octal);
  EXPECT_EQ(field_type(1302, "mode").names, Constant::file_mode);
  EXPECT_EQ(field_type(1100, "acct").form, FieldForm::text);
  EXPECT_EQ(field_type(1326, "code").names, Constant::seccomp_action);
  EXPECT_EQ(field_type(1300, "nobody-has-this").form, FieldForm::any);
  EXPECT_EQ(field_type(1300, "").form, FieldForm::any);
  EXPECT_FALSE(field_type(1300, "auid").names);
}

TEST(FieldTypes, ByRecordToo) {
  EXPECT_EQ(field_type(1321, "fp").names, Constant::capability_set);
  EXPECT_EQ(field_type(2404, "fp").form, FieldForm::any);  // a fingerprint
  EXPECT_EQ(field_type(1306, "saddr").form, FieldForm::sockaddr);
  EXPECT_EQ(field_type(1324, "saddr").form, FieldForm::address);
  EXPECT_EQ(field_type(1337, "oflag").form, FieldForm::octal);
  EXPECT_EQ(field_type(1312, "oflag").form, FieldForm::hex);
  EXPECT_EQ(field_type(1424, "mode").form, FieldForm::word);
  EXPECT_EQ(field_type(1330, "name").form, FieldForm::text);
  EXPECT_EQ(field_type(1302, "name").form, FieldForm::path);
}

}  // namespace
}  // namespace spoor::agent
