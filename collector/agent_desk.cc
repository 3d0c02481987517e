#include "collector/agent_desk.h"

#include <algorithm>
#include <iterator>

#include "collector/identity/authority_messages.h"
#include "common/log.h"

namespace spoor::collector {
namespace {

constexpr uint64_t kTokensEverySteps = 10;
constexpr uint64_t kFactsEverySteps = 60;
// How far the CA's journal was read.
constexpr const char* kJournal = "ca_journal";

}  // namespace

Result<std::unique_ptr<AgentDesk>> AgentDesk::open(const std::string& state_path,
                                                   StateLimits limits, const Clock& clock,
                                                   uint64_t log_end, Hooks hooks) {
  ASSIGN_OR_RETURN(std::unique_ptr<Registry> registry, Registry::open(state_path));
  ASSIGN_OR_RETURN(const std::vector<KeptFacts> facts, registry->kept_facts());
  ASSIGN_OR_RETURN(const int64_t journal_told, registry->position(kJournal));
  ASSIGN_OR_RETURN(CheckpointLooks looks, registry->kept_looks());
  // A log that came back older gives its numbers anew.
  looks.until = std::min(looks.until, log_end);
  std::unique_ptr<AgentDesk> desk(
      new AgentDesk(std::move(registry), limits, clock, std::move(looks), std::move(hooks)));
  desk->watch_.remember(facts);
  desk->journal_told_ = desk->journal_kept_ = journal_told;
  return desk;
}

AgentDesk::AgentDesk(std::unique_ptr<Registry> registry, StateLimits limits, const Clock& clock,
                     CheckpointLooks looks, Hooks hooks)
    : clock_(clock),
      hooks_(std::move(hooks)),
      registry_(std::move(registry)),
      enrolment_(*registry_, hooks_.ask, clock, hooks_.tell),
      watch_(limits, hooks_.tell),
      checkpoints_(*registry_, std::move(looks),
                   [this](const std::string& agent, const std::string& why) {
                     tell_checkpoint(agent, why);
                   }) {}

AgentDesk::~AgentDesk() {
  if (const Status kept = keep_facts(); !kept.is_ok()) log_error("state.db: {}", kept.message());
}

// Somebody else writes in its name, or it signs with a key that nobody knows here.
void AgentDesk::tell_checkpoint(const std::string& agent, const std::string& why) {
  enrolment_.refusals().add("checkpoint", agent, "", why);
  watch_.note_bad_checkpoint(agent, clock_.now().realtime_ns);
}

void AgentDesk::step() {
  Status status = registry_->refresh();
  const auto note = [&status](const Status& one) {
    if (status.is_ok()) status = one;
  };
  note(tell_revocations());
  if (steps_ % kTokensEverySteps == 0) note(tell_tokens());
  if (known_changes_ != registry_->changes()) note(know_agents());
  watch_.look(clock_.now(), hooks_.is_accepting(), hooks_.reports());
  if (steps_ % kFactsEverySteps == kFactsEverySteps - 1) note(keep_facts());
  ++steps_;
  // Once, until it is well again: this comes every second.
  if (!status.is_ok() && !has_warned_) log_error("state.db: {}", status.message());
  has_warned_ = !status.is_ok();
}

// One that the registry does not know was issued after this state.db was copied: the CA knows it,
// and a renewal mends that. Or it was issued by nobody who enrols hosts: the CA refuses.
std::optional<Refusal> AgentDesk::judge(const PeerIdentity& peer) const {
  const Registry::Standing standing = registry_->standing(peer.serial);
  if (standing == Registry::Standing::good) return std::nullopt;
  if (standing == Registry::Standing::revoked || registry_->is_revoked(peer.agent))
    return Refusal{v1::Refuse::CODE_REVOKED, "this certificate was revoked", 0};
  return Refusal{v1::Refuse::CODE_EXPIRED,
                 "this certificate is not in the collector's registry: it is to be renewed", 0};
}

Status AgentDesk::know_agents() {
  const uint64_t changes = registry_->changes();
  ASSIGN_OR_RETURN(const std::vector<AgentRecord> records, registry_->agents());
  watch_.know(records);
  known_changes_ = changes;
  return ok();
}

// Cut first: what an operator took away must not go on while an event waits for its place.
Status AgentDesk::tell_revocations() {
  ASSIGN_OR_RETURN(const std::vector<Revocation> untold, registry_->untold());
  std::vector<Revocation> fresh;
  std::copy_if(untold.begin(), untold.end(), std::back_inserter(fresh),
               [&](const Revocation& one) { return !told_.contains(one.serial); });
  if (!fresh.empty()) hooks_.cut(fresh);
  for (const Revocation& revocation : fresh) {
    log_info("{} is revoked, certificate {}", revocation.agent, revocation.serial);
    hooks_.tell(revoked_event(revocation));
    told_.insert(revocation.serial);
  }
  for (const Revocation& revocation : untold) RETURN_IF_ERROR(registry_->told(revocation));
  told_.clear();
  return ok();
}

Status AgentDesk::tell_tokens() {
  const auto answer = hooks_.ask(journal_question(journal_told_));
  const auto rows = answer.is_ok() ? journal_of(*answer)
                                   : Result<std::vector<JournalRow>>(answer.status());
  if (!rows.is_ok()) {
    // A collector without a CA is one for a Unix socket alone.
    if (journal_told_ > 0 && !ca_is_silent_) log_warning("{}", rows.status().message());
    ca_is_silent_ = true;
    return ok();
  }
  ca_is_silent_ = false;
  for (const JournalRow& row : *rows) {
    hooks_.tell(token_event(row));
    journal_told_ = row.number;
  }
  if (journal_told_ == journal_kept_) return ok();
  RETURN_IF_ERROR(registry_->set_position(kJournal, journal_told_));
  journal_kept_ = journal_told_;
  return ok();
}

Status AgentDesk::keep_facts() {
  std::vector<KeptFacts> facts;
  for (const AgentView& view : watch_.agents()) {
    if (view.report.received.boottime_ns == 0) continue;
    facts.push_back({view.record.name, view.last_seen_ns, view.clock_offset_ns,
                     view.report.counter, view.report.lost, view.report.frames_behind,
                     view.report.version});
  }
  RETURN_IF_ERROR(registry_->keep_facts(facts));
  const CheckpointLooks news = checkpoints_.take_news();
  looks_.until = news.until;
  for (const auto& [stream, from_s] : news.key_from_s) looks_.key_from_s[stream] = from_s;
  RETURN_IF_ERROR(registry_->keep_looks(looks_));
  looks_.key_from_s.clear();
  return ok();
}

}  // namespace spoor::collector
