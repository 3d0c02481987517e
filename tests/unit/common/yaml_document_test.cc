#include "common/yaml_document.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(YamlDocumentTest, OneDocument) {
  const YamlDocument document = load_yaml("a: 1\n");
  EXPECT_EQ(document.root["a"].as<int>(), 1);
  EXPECT_FALSE(document.second);
  EXPECT_TRUE(load_yaml("").root.IsNull());
  EXPECT_FALSE(load_yaml("---\na: 1\n").second);
}

TEST(YamlDocumentTest, ASecondOneIsSeenWhereItBegins) {
  const YamlDocument document = load_yaml("a: 1\n---\nb: 2\n---\nc: 3\n");
  EXPECT_EQ(document.root["a"].as<int>(), 1);
  ASSERT_TRUE(document.second);
  EXPECT_GE(document.second->line, 1);
}

TEST(YamlDocumentTest, WhatIsNoYamlThrows) {
  EXPECT_THROW((void)load_yaml("a: [1\n"), YAML::Exception);
  EXPECT_THROW((void)load_yaml("a: 1\n---\nb: [\n"), YAML::Exception);
}

}  // namespace
}  // namespace spoor
