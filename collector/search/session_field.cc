#include "collector/search/session_field.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "collector/blocks/word_list.h"
#include "collector/language/named_session.h"
#include "collector/search/number_set.h"
#include "collector/search/row_key.h"
#include "common/bytes.h"

namespace spoor::collector {

namespace {

std::optional<Id> id_of(std::string_view text) {
  Id out;
  if (text.size() != out.size()) return std::nullopt;
  std::ranges::copy(as_bytes(text), out.begin());
  return out;
}

// The letters of a boot; none where it is not known.
std::string letters_of(std::string_view boot) {
  const std::optional<Id> id = id_of(boot);
  return id ? boot_letters(*id) : "";
}

struct Columns {
  std::span<const uint64_t> hosts, sessions, boots, ses;
};
Result<Columns> columns_of(RowPage& page) {
  Columns out;
  ASSIGN_OR_RETURN(out.hosts, page.values(Text::host));
  ASSIGN_OR_RETURN(out.sessions, page.values(Text::session));
  ASSIGN_OR_RETURN(out.boots, page.values(Text::boot));
  ASSIGN_OR_RETURN(out.ses, page.values(Number::ses));
  return out;
}

// One whole name.
class NamedField final : public FieldTest {
 public:
  NamedField(NumberSet hosts, NumberSet uids, uint32_t ses, std::string letters)
      : hosts_(std::move(hosts)), uids_(std::move(uids)), ses_(ses), letters_(std::move(letters)) {}

  SaidSet can_say(const RowTable& table, size_t page) const override {
    const ValueRange sessions = table.range(Text::session, page);
    const ValueRange hosts = table.range(Text::host, page);
    const ValueRange ses = table.range(Number::ses, page);
    SaidSet out = set_of(Said::other);
    if (sessions.least == 0 && ses.least == 0) out |= set_of(Said::nothing);
    if (uids_.has_any(sessions.least, sessions.greatest) ||
        (ses_ != 0 && ses.holds(ses_) && hosts_.has_any(hosts.least, hosts.greatest))) {
      out |= set_of(Said::like);
    }
    return out;
  }

  Status look(const PageLook& look, size_t begin, std::span<Said> said) override {
    ASSIGN_OR_RETURN(const Columns columns, columns_of(look.page));
    for (size_t i = 0; i < said.size(); ++i) {
      const size_t row = begin + i;
      if (columns.sessions[row] == 0 && columns.ses[row] == 0) continue;
      bool is_like = ses_ != 0 && columns.ses[row] == ses_ && hosts_.has(columns.hosts[row]);
      if (is_like && !letters_.empty()) {
        ASSIGN_OR_RETURN(is_like, is_of_boot(look, columns.boots[row]));
      }
      is_like = is_like || uids_.has(columns.sessions[row]);
      raise(said[i], is_like ? Said::like : Said::other);
    }
    return ok();
  }

 private:
  Result<bool> is_of_boot(const PageLook& look, uint64_t boot) {
    if (boot != last_boot_) {
      ASSIGN_OR_RETURN(const TextValue text, look.texts.text(Text::boot, boot));
      last_is_like_ = letters_of(text.text) == letters_;
      last_boot_ = boot;
    }
    return last_is_like_;
  }

  const NumberSet hosts_, uids_;
  const uint32_t ses_;  // 0: named by its uid
  const std::string letters_;
  uint64_t last_boot_ = 0;
  bool last_is_like_ = false;
};

// Any of its names.
class NamesField final : public FieldTest {
 public:
  NamesField(const Pattern& name, bool same_case) : name_(name), same_case_(same_case) {}

  SaidSet can_say(const RowTable&, size_t) const override { return kAnythingSaid; }

  Status look(const PageLook& look, size_t begin, std::span<Said> said) override {
    ASSIGN_OR_RETURN(const Columns columns, columns_of(look.page));
    for (size_t i = 0; i < said.size(); ++i) {
      const size_t row = begin + i;
      const std::array<uint64_t, 4> key{columns.hosts[row], columns.sessions[row],
                                        columns.boots[row], columns.ses[row]};
      if (key != last_) {
        ASSIGN_OR_RETURN(last_said_, said_of(look, key));
        last_ = key;
      }
      raise(said[i], last_said_);
    }
    return ok();
  }

 private:
  Result<Said> said_of(const PageLook& look, const std::array<uint64_t, 4>& key) const {
    const auto [host_number, session, boot_number, ses] = key;
    if (session == 0 && ses == 0) return Said::nothing;
    bool is_like = false;
    if (ses != 0) {
      ASSIGN_OR_RETURN(const TextValue host, look.texts.text(Text::host, host_number));
      const std::string name = std::string(host.text) + ':' + std::to_string(ses);
      ASSIGN_OR_RETURN(const TextValue boot, look.texts.text(Text::boot, boot_number));
      const std::string letters = letters_of(boot.text);
      is_like = name_.fits(name, same_case_) ||
                (!letters.empty() && name_.fits(name + '.' + letters, same_case_));
    }
    ASSIGN_OR_RETURN(const TextValue uid, look.texts.text(Text::session, session));
    is_like = is_like || (session != 0 && name_.fits(to_hex(as_bytes(uid.text)), same_case_));
    return is_like ? Said::like : Said::other;
  }

  const Pattern name_;
  const bool same_case_;
  std::array<uint64_t, 4> last_{};
  Said last_said_ = Said::nothing;
};

class SessionKeyField final : public FieldTest {
 public:
  SessionKeyField(const Pattern& key, bool same_case) : key_(key), same_case_(same_case) {}

  SaidSet can_say(const RowTable& table, size_t page) const override {
    return table.range(Text::session, page).greatest == 0 ? set_of(Said::nothing) : kAnythingSaid;
  }

  Status look(const PageLook& look, size_t begin, std::span<Said> said) override {
    ASSIGN_OR_RETURN(const auto hosts, look.page.values(Text::host));
    ASSIGN_OR_RETURN(const auto sessions, look.page.values(Text::session));
    for (size_t i = 0; i < said.size(); ++i) {
      const std::array<uint64_t, 2> key{hosts[begin + i], sessions[begin + i]};
      if (key[1] == 0) continue;
      if (key != last_) {
        ASSIGN_OR_RETURN(last_said_, said_of(look, key[0], key[1]));
        last_ = key;
      }
      raise(said[i], last_said_);
    }
    return ok();
  }

 private:
  Result<Said> said_of(const PageLook& look, uint64_t host_number, uint64_t session) const {
    ASSIGN_OR_RETURN(const TextValue host_text, look.texts.text(Text::host, host_number));
    const std::string host(host_text.text);
    ASSIGN_OR_RETURN(const TextValue uid, look.texts.text(Text::session, session));
    Said out = Said::nothing;
    for (const std::string& key : look.outside.keys(host, uid.text)) {
      raise(out, key_.fits(key, same_case_) ? Said::like : Said::other);
    }
    return out;
  }

  const Pattern key_;
  const bool same_case_;
  std::array<uint64_t, 2> last_{};
  Said last_said_ = Said::nothing;
};

class PersonField final : public FieldTest {
 public:
  PersonField(const Pattern& person, bool same_case) : person_(person), same_case_(same_case) {}

  SaidSet can_say(const RowTable&, size_t) const override { return kAnythingSaid; }

  Status look(const PageLook& look, size_t begin, std::span<Said> said) override {
    RowPage& page = look.page;
    ASSIGN_OR_RETURN(const auto hosts, page.values(Text::host));
    ASSIGN_OR_RETURN(const auto users, page.values(Text::user));
    ASSIGN_OR_RETURN(const auto sessions, page.values(Text::session));
    ASSIGN_OR_RETURN(const auto keys, page.values(Text::keys));
    ASSIGN_OR_RETURN(const auto times, page.values(Number::time_ms));
    ASSIGN_OR_RETURN(const auto nanos, page.values(Number::time_ns));
    for (size_t i = 0; i < said.size(); ++i) {
      const size_t row = begin + i;
      const std::array<uint64_t, 4> numbers{hosts[row], users[row], sessions[row], keys[row]};
      if (numbers != last_) {
        RETURN_IF_ERROR(find_account(look, numbers));
        last_ = numbers;
      }
      raise(said[i], said_at(look.outside, time_of(times[row], nanos[row])));
    }
    return ok();
  }

 private:
  Status find_account(const PageLook& look, const std::array<uint64_t, 4>& numbers) {
    const auto text = [&](Text column, uint64_t number) -> Result<std::string> {
      ASSIGN_OR_RETURN(const TextValue value, look.texts.text(column, number));
      return std::string(value.text);
    };
    ASSIGN_OR_RETURN(host_, text(Text::host, numbers[0]));
    ASSIGN_OR_RETURN(user_, text(Text::user, numbers[1]));
    ASSIGN_OR_RETURN(const std::string uid, text(Text::session, numbers[2]));
    keys_.clear();
    if (!uid.empty()) keys_ = look.outside.keys(host_, uid);
    ASSIGN_OR_RETURN(const TextValue own, look.texts.text(Text::keys, numbers[3]));
    ASSIGN_OR_RETURN(const auto words, split_words(own));
    for (const std::string_view word : words) {
      if (!word.empty()) keys_.emplace_back(word);
    }
    if (keys_.empty()) keys_.emplace_back();
    return ok();
  }

  Said said_at(const Outside& outside, int64_t time_ns) const {
    Said out = Said::nothing;
    for (const std::string& key : keys_) {
      const std::string person = outside.person(host_, user_, key, time_ns);
      if (!person.empty()) {
        raise(out, person_.fits(person, same_case_) ? Said::like : Said::other);
      }
    }
    return out;
  }

  const Pattern person_;
  const bool same_case_;
  std::array<uint64_t, 4> last_{};  // every row has a host
  std::string host_, user_;
  std::vector<std::string> keys_;
};

}  // namespace

Result<std::unique_ptr<FieldTest>> session_field(const RowTable& table, const Pattern& name,
                                                 bool same_case) {
  if (name.has_hole()) {
    return std::unique_ptr<FieldTest>(std::make_unique<NamesField>(name, same_case));
  }
  NumberSet hosts(table.texts(Text::host) + size_t{1});
  NumberSet uids(table.texts(Text::session) + size_t{1});
  NamedSession named;
  if (const auto parsed = parse_session_name(name.pieces().front()); parsed.is_ok()) {
    named = *parsed;
    const Text column = named.uid ? Text::session : Text::host;
    TextTest test{Pattern::exactly(named.agent), same_case};
    if (named.uid) test = {Pattern::exactly(std::string(as_text(*named.uid))), true};
    ASSIGN_OR_RETURN(const FoundTexts found, table.find(column, test));
    for (const uint32_t number : found.fitting) (named.uid ? uids : hosts).add(number);
  }
  return std::unique_ptr<FieldTest>(std::make_unique<NamedField>(
      std::move(hosts), std::move(uids), named.ses, std::move(named.letters)));
}

std::unique_ptr<FieldTest> session_key_field(const Pattern& key, bool same_case) {
  return std::make_unique<SessionKeyField>(key, same_case);
}

std::unique_ptr<FieldTest> person_field(const Pattern& person, bool same_case) {
  return std::make_unique<PersonField>(person, same_case);
}

}  // namespace spoor::collector
