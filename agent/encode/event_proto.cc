#include "agent/encode/event_proto.h"

#include <string>

#include "agent/encode/kind_proto.h"
#include "agent/encode/record_proto.h"
#include "agent/encode/session_uid.h"
#include "agent/encode/terminal.h"
#include "agent/limits.h"
#include "common/audit/names.h"
#include "common/clock.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

void put_actor(WireWriter& w, const Fact& fact) {
  using M = v1::Actor;
  if (!fact.uid && fact.auid == kUnsetId) return;
  w.message(v1::Event::kActorFieldNumber, [&] {
    w.number(M::kRealmFieldNumber, v1::Actor::REALM_HOST);
    if (fact.uid) w.bytes(M::kIdFieldNumber, std::to_string(*fact.uid));
    w.bytes(M::kNameFieldNumber, fact.user_name);
    if (fact.auid != kUnsetId) w.has_number(M::kLoginUidFieldNumber, fact.auid);
    w.bytes(M::kLoginNameFieldNumber, fact.login_name);
  });
}

void put_endpoints(WireWriter& w, const Fact& fact) {
  if (!fact.source_address.empty() || !fact.source_hostname.empty() ||
      !fact.source_terminal.empty()) {
    w.message(v1::Event::kSourceFieldNumber, [&] {
      w.utf8(v1::Endpoint::kAddressFieldNumber, fact.source_address);
      w.number(v1::Endpoint::kPortFieldNumber, fact.source_port);
      w.bytes(v1::Endpoint::kHostnameFieldNumber, fact.source_hostname);
      put_terminal(w, v1::Endpoint::kTerminalFieldNumber, fact.source_terminal);
    });
  }
  if (!fact.target_kind.empty()) {
    w.message(v1::Event::kTargetFieldNumber, [&] {
      w.utf8(v1::Target::kKindFieldNumber, fact.target_kind);
      w.bytes(v1::Target::kNameFieldNumber, fact.target_name);
    });
  }
  if (fact.success) {
    w.message(v1::Event::kOutcomeFieldNumber, [&] {
      w.number(v1::Outcome::kResultFieldNumber,
               *fact.success ? v1::Outcome::RESULT_SUCCESS : v1::Outcome::RESULT_FAILURE);
      w.zigzag(v1::Outcome::kErrorFieldNumber, fact.error);
      w.utf8(v1::Outcome::kReasonFieldNumber, fact.reason);
    });
  }
}

void put_origin(WireWriter& w, const Fact& fact, const Host& host) {
  // The kernel's stamp lies up to a tick before the event.
  const bool before_start =
      fact.audit != nullptr &&
      fact.audit->key.time_ms * kNsPerMs + kAuditTickNs < host.reading_since_ns;
  w.message(v1::Event::kOriginFieldNumber, [&] {
    w.number(v1::Origin::kWriterFieldNumber, v1::Origin::WRITER_AGENT);
    w.utf8(v1::Origin::kSourceFieldNumber, fact.origin);
    if (fact.audit != nullptr && fact.audit->syscall) {
      w.utf8(v1::Origin::kRuleKeyFieldNumber, fact.audit->bytes(fact.audit->syscall->key));
    }
    w.number(v1::Origin::kBeforeStartFieldNumber, before_start);
    if (host.boot_in_log != 0) {
      w.utf8(v1::Origin::kHostFieldNumber, host.name);
      w.number(v1::Origin::kBootInLogFieldNumber, host.boot_in_log);
    }
  });
}

void put_attribution(WireWriter& w, const Fact& fact) {
  const PlaceName& place = fact.place;
  if (!place.runtime.empty() || !place.container.empty() || !place.unit.empty()) {
    w.message(v1::Event::kPlaceFieldNumber, [&] {
      w.utf8(v1::Place::kRuntimeFieldNumber, place.runtime);
      w.utf8(v1::Place::kContainerFieldNumber, place.container);
      w.utf8(v1::Place::kUnitFieldNumber, place.unit);
    });
  }
  const Attribution& why = fact.attribution;
  if (why.confidence == Attribution::Confidence::unsaid) return;
  w.message(v1::Event::kAttributionFieldNumber, [&] {
    w.number(v1::Attribution::kBasisFieldNumber, static_cast<uint64_t>(why.basis));
    w.number(v1::Attribution::kConfidenceFieldNumber, static_cast<uint64_t>(why.confidence));
  });
}

// `audit(SEC.MSEC:SERIAL): ` (kernel/audit.c, audit_log_start); empty where there is none.
std::string_view stamp_of(std::string_view record) {
  constexpr std::string_view kEnd = "): ";
  const size_t end = record.find(kEnd);
  return record.starts_with("audit(") && end != record.npos ? record.substr(0, end + kEnd.size())
                                                            : std::string_view();
}

// A packed list of enums, each of which fits one byte.
void put_incomplete(WireWriter& w, uint32_t bits) {
  std::string packed;
  for (uint32_t bit = 1; bit < 32; ++bit) {
    if (bits >> bit & 1) packed.push_back(static_cast<char>(bit));
  }
  w.bytes(v1::Event::kIncompleteFieldNumber, packed);
}

}  // namespace

EventClass class_of(const Fact& fact) {
  struct {
    EventClass operator()(const CommandStarted&) const { return EventClass::command; }
    EventClass operator()(const ProcessEnded&) const { return EventClass::command; }
    EventClass operator()(const Service&) const { return EventClass::command; }
    EventClass operator()(const FileAccess&) const { return EventClass::activity; }
    EventClass operator()(const Network&) const { return EventClass::activity; }
    EventClass operator()(const OtherRecord&) const { return EventClass::activity; }
    EventClass operator()(const TypedInput&) const { return EventClass::input; }
    EventClass operator()(const SecurityDecision&) const { return EventClass::access; }
    EventClass operator()(const DisbelievedRecord&) const { return EventClass::access; }
    EventClass operator()(const LogMessage&) const { return EventClass::access; }
    EventClass operator()(const SessionOpened&) const { return EventClass::access; }
    EventClass operator()(const SessionFact&) const { return EventClass::access; }
    EventClass operator()(const SessionClosed&) const { return EventClass::access; }
    EventClass operator()(const Authentication&) const { return EventClass::access; }
    EventClass operator()(const PrivilegeChange&) const { return EventClass::access; }
    EventClass operator()(const AccountChange&) const { return EventClass::access; }
    EventClass operator()(const AuditConfigChange&) const { return EventClass::access; }
    EventClass operator()(const Loss&) const { return EventClass::access; }
    EventClass operator()(const AgentState&) const { return EventClass::access; }
  } const classify;
  return std::visit(classify, fact.kind);
}

const Id& EventProto::uid_of(uint32_t ses) {
  if (last_ses_ != ses) {
    last_ses_ = ses;
    last_uid_ = session_uid(host_, ses);
  }
  return last_uid_;
}

std::string_view EventProto::event(const Fact& fact, bool text_cut) {
  using M = v1::Event;
  WireWriter& w = event_;
  w.clear();
  w.number(M::kOrderFieldNumber, fact.order);
  w.fixed64(M::kTimeNsFieldNumber, fact.time_ns);
  w.message(M::kReadFieldNumber, [&] {
    w.fixed64(v1::ReadTime::kRealtimeNsFieldNumber, fact.read.realtime_ns);
    w.fixed64(v1::ReadTime::kBoottimeNsFieldNumber, fact.read.boottime_ns);
  });
  if (fact.audit != nullptr) {
    w.message(M::kKernelFieldNumber, [&] {
      w.bytes(v1::KernelEvent::kBootIdFieldNumber, as_text(host_.boot_id));
      w.fixed64(v1::KernelEvent::kTimeMsFieldNumber, fact.audit->key.time_ms);
      w.fixed32(v1::KernelEvent::kSerialFieldNumber, fact.audit->key.serial);
    });
  }
  put_actor(w, fact);
  if (fact.ses != kUnsetId) {
    w.bytes(M::kSessionUidFieldNumber, as_text(uid_of(fact.ses)));
    w.message(M::kSessionFieldNumber,
              [&] { w.number(v1::SessionScope::kSesFieldNumber, fact.ses); });
  } else if (!fact.unit.empty()) {
    const Id uid = session_uid(host_, fact.unit, fact.unit_started_ns);
    w.bytes(M::kSessionUidFieldNumber, as_text(uid));
    w.message(M::kSessionFieldNumber, [&] {
      w.utf8(v1::SessionScope::kUnitFieldNumber, fact.unit);
      w.fixed64(v1::SessionScope::kUnitStartedNsFieldNumber, fact.unit_started_ns);
    });
  }
  put_endpoints(w, fact);
  put_origin(w, fact, host_);
  const uint32_t cut_bit = text_cut ? 1u << static_cast<int>(Incomplete::text_cut) : 0;
  put_incomplete(w, fact.incomplete | cut_bit);
  w.number(M::kRewrittenFieldNumber, fact.rewritten);
  if (fact.audit != nullptr && !fact.without_records) put_records(w, *fact.audit);
  put_attribution(w, fact);
  put_kind(w, fact, host_);
  return w.view();
}

std::string_view EventProto::text(const Fact& fact, bool cut) {
  using M = v1::EventText;
  WireWriter& w = text_;
  w.clear();
  if (!fact.log_text.empty()) {
    w.message(M::kRecordsFieldNumber, [&] {
      w.bytes(M::Record::kTextFieldNumber, fact.log_text);
      w.number(M::Record::kWithoutStampFieldNumber, true);
    });
  }
  if (fact.audit == nullptr || fact.without_records) return w.view();
  const AuditEvent& audit = *fact.audit;
  if (cut || audit.records.empty()) {
    w.number(M::kRecordsCutFieldNumber, audit.records_cut + audit.records.size());
    return w.view();
  }
  const std::string_view stamp = stamp_of(audit.record_text(audit.records.front()));
  for (const AuditEvent::Record& record : audit.records) {
    std::string_view bytes = audit.record_text(record);
    const bool stamped = bytes.starts_with(stamp);
    if (stamped) bytes.remove_prefix(stamp.size());
    // Fields whose tags are a byte each and which are left out when they are nothing.
    const size_t type_size = record.type == 0 ? 0 : 1 + WireWriter::varint_size(record.type);
    const size_t text_size =
        bytes.empty() ? 0 : 1 + WireWriter::varint_size(bytes.size()) + bytes.size();
    w.message_of(M::kRecordsFieldNumber, type_size + text_size + (stamped ? 0 : 2));
    w.number(M::Record::kTypeFieldNumber, record.type);
    w.bytes(M::Record::kTextFieldNumber, bytes);
    w.number(M::Record::kWithoutStampFieldNumber, !stamped);
  }
  w.number(M::kRecordsCutFieldNumber, audit.records_cut);
  w.bytes(M::kStampFieldNumber, stamp);
  return w.view();
}

}  // namespace spoor::agent
