#include "agent/source/rule_data.h"

#include <libaudit.h>

#include <bit>
#include <cstdlib>
#include <cstring>

namespace spoor::agent {
namespace {

// The last 16 bits ask the kernel for classes of calls, and are never set in what it answers.
constexpr uint32_t kSyscallsMax = AUDIT_BITMASK_SIZE * 32 - AUDIT_SYSCALL_CLASSES;
constexpr uint32_t kWholeWords = kSyscallsMax / 32;
constexpr uint32_t kLastWord = (1u << kSyscallsMax % 32) - 1;

size_t size_of(const audit_rule_data& rule) { return sizeof rule + rule.buflen; }

bool same_bytes(const audit_rule_data& a, const audit_rule_data& b, bool with_syscalls) {
  if (size_of(a) != size_of(b) || list_of(a) != list_of(b) || a.action != b.action ||
      a.field_count != b.field_count) {
    return false;
  }
  const auto same = [](const auto& one, const auto& other) {
    return std::memcmp(one, other, sizeof one) == 0;
  };
  return (!with_syscalls || same(a.mask, b.mask)) && same(a.fields, b.fields) &&
         same(a.values, b.values) && same(a.fieldflags, b.fieldflags) &&
         std::memcmp(a.buf, b.buf, a.buflen) == 0;
}

}  // namespace

void FreeRule::operator()(audit_rule_data* rule) const { std::free(rule); }

bool has_text(uint32_t field) {
  return (field >= AUDIT_SUBJ_USER && field <= AUDIT_OBJ_LEV_HIGH && field != AUDIT_PPID) ||
         field == AUDIT_WATCH || field == AUDIT_DIR || field == AUDIT_FILTERKEY ||
         field == AUDIT_EXE;
}

std::vector<RuleField> fields_of(const audit_rule_data& rule) {
  std::vector<RuleField> fields;
  size_t offset = 0;
  for (uint32_t i = 0; i < rule.field_count && i < AUDIT_MAX_FIELDS; ++i) {
    RuleField field{rule.fields[i], rule.fieldflags[i], rule.values[i], {}};
    if (has_text(field.field)) {
      if (field.value > rule.buflen - offset) break;
      field.text = {rule.buf + offset, field.value};
      offset += field.value;
    }
    fields.push_back(field);
  }
  return fields;
}

std::string_view key_of(const audit_rule_data& rule) {
  for (const RuleField& field : fields_of(rule)) {
    if (field.field == AUDIT_FILTERKEY) return field.text;
  }
  return {};
}

uint32_t list_of(const audit_rule_data& rule) { return rule.flags & AUDIT_FILTER_MASK; }
bool is_prepended(const audit_rule_data& rule) {
  return (rule.flags & AUDIT_FILTER_PREPEND) != 0;
}

bool has_all_syscalls(const audit_rule_data& rule) {
  for (uint32_t word = 0; word < kWholeWords; ++word) {
    if (rule.mask[word] != ~0u) return false;
  }
  return true;
}

bool has_syscall(const audit_rule_data& rule, uint32_t number) {
  return number < kSyscallsMax && (rule.mask[number / 32] & 1u << number % 32) != 0;
}

uint32_t count_syscalls(const audit_rule_data& rule) {
  int count = 0;
  for (const uint32_t word : rule.mask) count += std::popcount(word);
  return static_cast<uint32_t>(count);
}

bool same_rule(const AuditRule& a, const AuditRule& b) {
  return same_bytes(*a.data, *b.data, true);
}
bool same_but_syscalls(const AuditRule& a, const AuditRule& b) {
  return same_bytes(*a.data, *b.data, false);
}

AuditRule copy_of(const AuditRule& rule) {
  const size_t size = size_of(*rule.data);
  AuditRule copy{RulePtr(static_cast<audit_rule_data*>(std::malloc(size))), rule.key, rule.source};
  CHECK(copy.data != nullptr);
  std::memcpy(copy.data.get(), rule.data.get(), size);
  return copy;
}

std::vector<AuditRule> copy_rules(const std::vector<AuditRule>& rules) {
  std::vector<AuditRule> copies;
  for (const AuditRule& rule : rules) copies.push_back(copy_of(rule));
  return copies;
}

RuleBuilder::RuleBuilder()
    : data_(static_cast<audit_rule_data*>(std::calloc(1, sizeof(audit_rule_data)))) {
  CHECK(data_ != nullptr);
}

void RuleBuilder::set_list(uint32_t list, bool prepend) {
  data_->flags = list | (prepend ? AUDIT_FILTER_PREPEND : 0u);
}
void RuleBuilder::set_action(uint32_t action) { data_->action = action; }
uint32_t RuleBuilder::list() const { return list_of(*data_); }

Status RuleBuilder::add_number(uint32_t field, uint32_t op, uint32_t value) {
  const uint32_t i = data_->field_count;
  if (i == AUDIT_MAX_FIELDS) {
    return full("more than " + std::to_string(AUDIT_MAX_FIELDS) +
                " fields, its key among them; the kernel takes no more: make it two rules");
  }
  data_->fields[i] = field;
  data_->fieldflags[i] = op;
  data_->values[i] = value;
  ++data_->field_count;
  return ok();
}

Status RuleBuilder::add_text(uint32_t field, uint32_t op, std::string_view text) {
  RETURN_IF_ERROR(add_number(field, op, static_cast<uint32_t>(text.size())));
  const size_t before = size_of(*data_);
  auto* grown = static_cast<audit_rule_data*>(std::realloc(data_.get(), before + text.size()));
  CHECK(grown != nullptr);
  (void)data_.release();  // realloc(3) has it
  data_.reset(grown);
  std::memcpy(data_->buf + data_->buflen, text.data(), text.size());
  data_->buflen += static_cast<uint32_t>(text.size());
  return ok();
}

void RuleBuilder::replace_value(uint32_t field, uint32_t value) {
  for (uint32_t i = 0; i < data_->field_count; ++i) {
    if (data_->fields[i] != field) continue;
    data_->values[i] = value;
    return;
  }
}

void RuleBuilder::add_all_syscalls() {
  std::memset(data_->mask, 0xFF, kWholeWords * sizeof data_->mask[0]);
  data_->mask[kWholeWords] = kLastWord;
}

bool RuleBuilder::add_syscall(uint32_t number) {
  if (number >= kSyscallsMax) return false;
  data_->mask[number / 32] |= 1u << number % 32;
  return true;
}

Result<AuditRule> RuleBuilder::finish(std::string_view key) && {
  RETURN_IF_ERROR(add_text(AUDIT_FILTERKEY, AUDIT_EQUAL, key));
  AuditRule rule;
  rule.data = std::move(data_);
  rule.key = key;
  return rule;
}

}  // namespace spoor::agent
