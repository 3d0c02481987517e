#include "collector/identity/authority_messages.h"

#include <cstring>

#include "collector/limits.h"
#include "spoor/v1/authority.pb.h"

namespace spoor::collector {
namespace {

constexpr uint32_t kAnswerVersion = 1;

// A code that a later version knows and this one does not is not the asker's to judge.
Code code_from(uint32_t number) {
  return number <= static_cast<uint32_t>(Code::internal) ? static_cast<Code>(number)
                                                         : Code::unavailable;
}

Result<Id> id_from(const std::string& bytes) {
  Id out;
  if (bytes.size() != out.size()) return invalid("a machine id has 16 bytes");
  std::memcpy(out.data(), bytes.data(), out.size());
  return out;
}

void put_labels(const Labels& labels, google::protobuf::Map<std::string, std::string>& out) {
  for (const auto& [key, value] : labels) out[key] = value;
}
Labels labels_from(const google::protobuf::Map<std::string, std::string>& labels) {
  return {labels.begin(), labels.end()};
}

void put(const Granted& granted, v1::AuthorityAnswer& answer) {
  v1::SignedIdentity& out = *answer.mutable_identity();
  out.set_agent(granted.agent);
  put_labels(granted.labels, *out.mutable_labels());
  out.set_certificate_chain(granted.certificate_chain);
  out.set_root(granted.root);
  out.set_serial(granted.serial);
  out.set_not_after_s(granted.not_after_s);
  out.set_token(granted.token);
}

Status answer_enrol(Authority& authority, const v1::SignForToken& asked, int64_t now_s,
                    v1::AuthorityAnswer& answer) {
  ASSIGN_OR_RETURN(const Id machine_id, id_from(asked.machine_id()));
  const EnrolWish wish = {asked.token(), asked.request(), machine_id, asked.host(),
                          {asked.revoked_agents().begin(), asked.revoked_agents().end()}};
  ASSIGN_OR_RETURN(const Granted granted, authority.enrol(wish, now_s));
  put(granted, answer);
  return ok();
}

Status answer_renew(Authority& authority, const v1::SignRenewal& asked, int64_t now_s,
                    v1::AuthorityAnswer& answer) {
  ASSIGN_OR_RETURN(const Id machine_id, id_from(asked.machine_id()));
  ASSIGN_OR_RETURN(const Granted granted,
                   authority.renew({asked.certificate(), asked.request(), machine_id}, now_s));
  put(granted, answer);
  return ok();
}

Status answer_journal(Authority& authority, const v1::ReadJournal& asked,
                      v1::AuthorityAnswer& answer) {
  if (asked.after() > INT64_MAX) return invalid("a journal has no such number");
  ASSIGN_OR_RETURN(const std::vector<JournalRow> rows,
                   authority.tokens().journal(static_cast<int64_t>(asked.after())));
  for (const JournalRow& row : rows) {
    v1::JournalEntry& out = *answer.add_journal();
    out.set_number(static_cast<uint64_t>(row.number));
    out.set_time_s(row.time_s);
    out.set_operation(row.operation);
    out.set_token(row.token);
    out.set_by(row.by);
    put_labels(row.attributes, *out.mutable_attributes());
  }
  return ok();
}

Status dispatch(Authority& authority, std::string_view packet, int64_t now_s,
                v1::AuthorityAnswer& answer) {
  v1::AuthorityQuestion question;
  if (packet.size() > kAuthorityPacketMax ||
      !question.ParseFromArray(packet.data(), static_cast<int>(packet.size()))) {
    return invalid("no question that this CA understands");
  }
  switch (question.question_case()) {
    case v1::AuthorityQuestion::kSignForToken:
      return answer_enrol(authority, question.sign_for_token(), now_s, answer);
    case v1::AuthorityQuestion::kSignRenewal:
      return answer_renew(authority, question.sign_renewal(), now_s, answer);
    case v1::AuthorityQuestion::kReadJournal:
      return answer_journal(authority, question.read_journal(), answer);
    case v1::AuthorityQuestion::QUESTION_NOT_SET: break;
  }
  return invalid("a question that this CA does not know: the collector is newer than it");
}

Result<v1::AuthorityAnswer> read_answer(std::string_view packet) {
  v1::AuthorityAnswer answer;
  if (packet.size() > kAuthorityPacketMax ||
      !answer.ParseFromArray(packet.data(), static_cast<int>(packet.size()))) {
    return corrupt("the CA's answer cannot be read");
  }
  if (answer.code() != 0) return Status(code_from(answer.code()), answer.text());
  return answer;
}

}  // namespace

std::string answer_question(Authority& authority, std::string_view packet, int64_t now_s) {
  v1::AuthorityAnswer answer;
  const Status status = dispatch(authority, packet, now_s, answer);
  if (!status.is_ok()) {
    answer.Clear();
    answer.set_code(static_cast<uint32_t>(status.code()));
    answer.set_text(status.message());
  }
  answer.set_version(kAnswerVersion);
  return answer.SerializeAsString();
}

std::string question_of(const EnrolWish& wish) {
  v1::AuthorityQuestion question;
  v1::SignForToken& out = *question.mutable_sign_for_token();
  out.set_token(wish.token);
  out.set_request(wish.request_der);
  out.set_machine_id(std::string(as_text(wish.machine_id)));
  out.set_host(wish.host);
  for (const std::string& agent : wish.revoked_agents) out.add_revoked_agents(agent);
  return question.SerializeAsString();
}

std::string question_of(const RenewWish& wish) {
  v1::AuthorityQuestion question;
  v1::SignRenewal& out = *question.mutable_sign_renewal();
  out.set_certificate(wish.certificate_der);
  out.set_request(wish.request_der);
  out.set_machine_id(std::string(as_text(wish.machine_id)));
  return question.SerializeAsString();
}

std::string journal_question(int64_t after) {
  v1::AuthorityQuestion question;
  question.mutable_read_journal()->set_after(static_cast<uint64_t>(after));
  return question.SerializeAsString();
}

Result<Granted> granted_of(std::string_view packet) {
  ASSIGN_OR_RETURN(const v1::AuthorityAnswer answer, read_answer(packet));
  if (!answer.has_identity()) return corrupt("the CA granted nothing");
  const v1::SignedIdentity& in = answer.identity();
  return Granted{in.agent(),  labels_from(in.labels()), in.certificate_chain(), in.root(),
                 in.serial(), in.not_after_s(),         in.token()};
}

Result<std::vector<JournalRow>> journal_of(std::string_view packet) {
  ASSIGN_OR_RETURN(const v1::AuthorityAnswer answer, read_answer(packet));
  std::vector<JournalRow> out;
  for (const v1::JournalEntry& in : answer.journal()) {
    out.push_back({static_cast<int64_t>(in.number()), in.time_s(), in.operation(), in.token(),
                   in.by(), labels_from(in.attributes())});
  }
  return out;
}

}  // namespace spoor::collector
