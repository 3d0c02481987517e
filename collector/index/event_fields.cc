#include "collector/index/event_fields.h"

#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

using enum FieldType;

constexpr EventField leaf(int number, FieldType type, Telling telling, size_t column = 0,
                          size_t part = 0) {
  return {static_cast<uint32_t>(number), type, telling, static_cast<uint8_t>(column),
          static_cast<uint8_t>(part), {}, {}};
}
constexpr EventField in(int number, FieldType type, Number column,
                        Telling telling = Telling::number, size_t part = 0) {
  return leaf(number, type, telling, static_cast<size_t>(column), part);
}
constexpr EventField in(int number, FieldType type, Text column, Telling telling = Telling::text,
                        size_t part = 0) {
  return leaf(number, type, telling, static_cast<size_t>(column), part);
}
constexpr EventField mark(int number, size_t bit) {
  return in(number, flag, Number::marks, Telling::bit, bit);
}
constexpr EventField value(int number, FieldType type) {
  return leaf(number, type, Telling::value);
}
template <size_t n>
constexpr EventFields all(const EventField (&fields)[n]) {
  return {fields, n};
}
// Of a list only the first one.
template <size_t n>
constexpr EventField within(int number, const EventField (&first)[n], EventFields later = {}) {
  EventField out = leaf(number, FieldType::message, Telling::message);
  out.first = all(first);
  out.later = later;
  return out;
}
template <size_t n>
constexpr EventField each(int number, const EventField (&fields)[n]) {
  return within(number, fields, all(fields));
}

using v1::Event;

// ------------------------------------------------------------------ what every kind has

constexpr EventField kRead[] = {
    in(v1::ReadTime::kRealtimeNsFieldNumber, fixed64, Number::read),
    in(v1::ReadTime::kBoottimeNsFieldNumber, fixed64, Number::read_boot),
};
constexpr EventField kKernel[] = {
    in(v1::KernelEvent::kBootIdFieldNumber, bytes, Text::boot),
    in(v1::KernelEvent::kTimeMsFieldNumber, fixed64, Number::time_ms, Telling::time_ms),
    in(v1::KernelEvent::kSerialFieldNumber, fixed32, Number::serial),
};
constexpr EventField kActor[] = {
    in(v1::Actor::kIdFieldNumber, string, Number::euid, Telling::decimal),
    in(v1::Actor::kNameFieldNumber, bytes, Text::as),
    in(v1::Actor::kLoginUidFieldNumber, varint32, Number::login_uid, Telling::plus_one),
    in(v1::Actor::kLoginNameFieldNumber, bytes, Text::user),
};
constexpr EventField kSession[] = {
    in(v1::SessionScope::kSesFieldNumber, varint32, Number::ses),
};
constexpr EventField kSource[] = {
    in(v1::Endpoint::kAddressFieldNumber, string, Text::addresses, Telling::word, 0),
    in(v1::Endpoint::kPortFieldNumber, varint32, Number::port),
    in(v1::Endpoint::kTerminalFieldNumber, bytes, Text::terminal),
};
constexpr EventField kTarget[] = {
    in(v1::Target::kNameFieldNumber, bytes, Text::target),
};
constexpr EventField kOutcome[] = {
    in(v1::Outcome::kResultFieldNumber, varint32, Number::result),
    in(v1::Outcome::kErrorFieldNumber, zigzag, Number::error, Telling::positive),
};
constexpr EventField kOrigin[] = {
    in(v1::Origin::kSourceFieldNumber, string, Text::source),
    in(v1::Origin::kRuleKeyFieldNumber, string, Text::rule),
    mark(v1::Origin::kBeforeStartFieldNumber, 3),
};
constexpr EventField kPlace[] = {
    in(v1::Place::kContainerFieldNumber, string, Text::container),
    in(v1::Place::kUnitFieldNumber, string, Text::unit),
};
constexpr EventField kAttribution[] = {
    in(v1::Attribution::kBasisFieldNumber, varint32, Number::attribution, Telling::basis),
    in(v1::Attribution::kConfidenceFieldNumber, varint32, Number::attribution,
       Telling::confidence),
};

// What the kernel wrote: its shapes are few, what stands in them is always another.
constexpr EventField kAddress[] = {
    value(v1::SocketAddress::kAddressFieldNumber, string),
    value(v1::SocketAddress::kPortFieldNumber, varint32),
    value(v1::SocketAddress::kPathFieldNumber, bytes),
    value(v1::SocketAddress::kRestFieldNumber, bytes),
};
constexpr EventField kAuditField[] = {
    value(v1::AuditField::kNumberFieldNumber, varint64),
    leaf(v1::AuditField::kHexFieldNumber, fixed64, Telling::call_value),
    value(v1::AuditField::kTextFieldNumber, bytes),
    value(v1::AuditField::kPathFieldNumber, bytes),
    within(v1::AuditField::kAddressFieldNumber, kAddress),
    value(v1::AuditField::kIdFieldNumber, fixed32),
};
constexpr EventField kRecord[] = {
    each(v1::AuditRecord::kFieldsFieldNumber, kAuditField),
    value(v1::AuditRecord::kRestFieldNumber, bytes),
};

// ------------------------------------------------------------------ processes

constexpr EventField kProcess[] = {
    in(v1::ProcessKey::kPidFieldNumber, fixed32, Number::pid),
    in(v1::ProcessKey::kBirthNsFieldNumber, fixed64, Number::birth),
    mark(v1::ProcessKey::kRoundedFieldNumber, 1),
};
constexpr EventField kCommand[] = {
    within(v1::CommandRef::kProcessFieldNumber, kProcess),
    in(v1::CommandRef::kExecNumberFieldNumber, varint32, Number::exec),
};
constexpr EventField kParentProcess[] = {
    in(v1::ProcessKey::kPidFieldNumber, fixed32, Number::parent_pid),
    in(v1::ProcessKey::kBirthNsFieldNumber, fixed64, Number::parent_birth),
};
constexpr EventField kParent[] = {
    within(v1::CommandRef::kProcessFieldNumber, kParentProcess),
    in(v1::CommandRef::kExecNumberFieldNumber, varint32, Number::parent_exec),
};
constexpr EventField kCredentials[] = {
    in(v1::Credentials::kUidFieldNumber, varint32, Number::uid, Telling::zero_too),
    in(v1::Credentials::kEuidFieldNumber, varint32, Number::euid, Telling::zero_too),
};
constexpr EventField kExecutedPath[] = {
    in(v1::PathItem::kInodeFieldNumber, fixed64, Number::inode),
    in(v1::PathItem::kModeFieldNumber, varint32, Number::mode),
};
constexpr EventField kCommandStarted[] = {
    within(v1::CommandStarted::kCommandFieldNumber, kCommand),
    within(v1::CommandStarted::kParentFieldNumber, kParent),
    in(v1::CommandStarted::kParentPidFieldNumber, fixed32, Number::ppid),
    in(v1::CommandStarted::kArgsFieldNumber, bytes, Text::command, Telling::words),
    in(v1::CommandStarted::kArgcFieldNumber, varint32, Text::command, Telling::words_count),
    in(v1::CommandStarted::kExeFieldNumber, bytes, Text::exe),
    in(v1::CommandStarted::kCommFieldNumber, bytes, Text::comm, Telling::comm),
    in(v1::CommandStarted::kCwdFieldNumber, bytes, Text::cwd),
    in(v1::CommandStarted::kTerminalFieldNumber, bytes, Text::terminal),
    within(v1::CommandStarted::kCredentialsFieldNumber, kCredentials),
    within(v1::CommandStarted::kPathsFieldNumber, kExecutedPath),
    in(v1::CommandStarted::kStartedNsFieldNumber, fixed64, Number::started, Telling::near_time),
    in(v1::CommandStarted::kBornNsFieldNumber, fixed64, Number::born),
    in(v1::CommandStarted::kDepthFieldNumber, varint32, Number::depth, Telling::plus_one),
};
constexpr EventField kProcessEnded[] = {
    within(v1::ProcessEnded::kProcessFieldNumber, kProcess),
    within(v1::ProcessEnded::kCommandFieldNumber, kCommand),
    in(v1::ProcessEnded::kExitCodeFieldNumber, varint32, Number::exit, Telling::plus_one),
    in(v1::ProcessEnded::kSignalFieldNumber, varint32, Number::signal),
    mark(v1::ProcessEnded::kCoreDumpedFieldNumber, 2),
    in(v1::ProcessEnded::kBornNsFieldNumber, fixed64, Number::born),
    in(v1::ProcessEnded::kEndedNsFieldNumber, fixed64, Number::ended, Telling::near_time),
};

// ------------------------------------------------------------------ sessions, authentication

constexpr EventField kSessionOpened[] = {
    in(v1::SessionOpened::kTypeFieldNumber, varint32, Number::operation),
    in(v1::SessionOpened::kTerminalFieldNumber, bytes, Text::terminal),
    within(v1::SessionOpened::kProcessFieldNumber, kProcess),
    mark(v1::SessionOpened::kFoundRunningFieldNumber, 9),
    in(v1::SessionOpened::kLocalPortFieldNumber, varint32, Number::local_port),
};
constexpr EventField kSessionFact[] = {
    in(v1::SessionFact::kKeyFingerprintFieldNumber, string, Text::keys, Telling::word, 0),
    in(v1::SessionFact::kCertificateIdFieldNumber, string, Text::keys, Telling::word, 1),
    in(v1::SessionFact::kAccountFieldNumber, bytes, Text::target),
    in(v1::SessionFact::kTerminalFieldNumber, bytes, Text::terminal),
    in(v1::SessionFact::kTypeFieldNumber, varint32, Number::operation),
};
constexpr EventField kSessionClosed[] = {
    in(v1::SessionClosed::kCauseFieldNumber, varint32, Number::operation),
};
constexpr EventField kAuthentication[] = {
    in(v1::Authentication::kAccountFieldNumber, bytes, Text::target),
    in(v1::Authentication::kExeFieldNumber, bytes, Text::exe),
    in(v1::Authentication::kPidFieldNumber, fixed32, Number::pid),
    in(v1::Authentication::kKeyFingerprintFieldNumber, string, Text::keys, Telling::word, 0),
    mark(v1::Authentication::kInvalidUserFieldNumber, 8),
    in(v1::Authentication::kCertificateIdFieldNumber, string, Text::keys, Telling::word, 1),
};
constexpr EventField kPrivilegeChange[] = {
    in(v1::PrivilegeChange::kToAccountFieldNumber, bytes, Text::target),
    in(v1::PrivilegeChange::kProgramFieldNumber, bytes, Text::exe),
    in(v1::PrivilegeChange::kCommandFieldNumber, bytes, Text::command),
    in(v1::PrivilegeChange::kCwdFieldNumber, bytes, Text::cwd),
    within(v1::PrivilegeChange::kCauseFieldNumber, kCommand),
    in(v1::PrivilegeChange::kTerminalFieldNumber, bytes, Text::terminal),
    in(v1::PrivilegeChange::kPidFieldNumber, fixed32, Number::pid),
};
constexpr EventField kAccountChange[] = {
    in(v1::AccountChange::kAccountFieldNumber, bytes, Text::target),
    in(v1::AccountChange::kProgramFieldNumber, bytes, Text::exe),
};

// ------------------------------------------------------------------ activity

constexpr EventField kFirstPath[] = {
    value(v1::PathItem::kNameFieldNumber, bytes),
    in(v1::PathItem::kInodeFieldNumber, fixed64, Number::inode),
    in(v1::PathItem::kModeFieldNumber, varint32, Number::mode),
};
constexpr EventField kLaterPath[] = {
    value(v1::PathItem::kNameFieldNumber, bytes),
    value(v1::PathItem::kInodeFieldNumber, fixed64),
};
constexpr EventField kFileAccess[] = {
    in(v1::FileAccess::kOperationFieldNumber, varint32, Number::operation),
    within(v1::FileAccess::kCommandFieldNumber, kCommand),
    in(v1::FileAccess::kPathFieldNumber, bytes, Text::files, Telling::word, 0),
    in(v1::FileAccess::kNewPathFieldNumber, bytes, Text::files, Telling::word, 1),
    mark(v1::FileAccess::kPathResolvedFieldNumber, 4),
    within(v1::FileAccess::kPathsFieldNumber, kFirstPath, all(kLaterPath)),
    value(v1::FileAccess::kDirectoryInodeFieldNumber, fixed64),
    mark(v1::FileAccess::kNewPathResolvedFieldNumber, 5),
    value(v1::FileAccess::kNewDirectoryInodeFieldNumber, fixed64),
};
constexpr EventField kNetwork[] = {
    in(v1::Network::kOperationFieldNumber, varint32, Number::operation),
    within(v1::Network::kCommandFieldNumber, kCommand),
    in(v1::Network::kLocalAddressFieldNumber, string, Text::addresses, Telling::word, 1),
    in(v1::Network::kLocalPortFieldNumber, varint32, Number::local_port),
    in(v1::Network::kRemoteAddressFieldNumber, string, Text::addresses, Telling::word, 0),
    in(v1::Network::kRemotePortFieldNumber, varint32, Number::port),
    in(v1::Network::kPathFieldNumber, bytes, Text::files, Telling::word, 0),
};
constexpr EventField kTypedInput[] = {
    within(v1::TypedInput::kCommandFieldNumber, kCommand),
    value(v1::TypedInput::kTypedFieldNumber, bytes),
    in(v1::TypedInput::kEditedFieldNumber, bytes, Text::input),
    in(v1::TypedInput::kTerminalFieldNumber, bytes, Text::terminal),
    in(v1::TypedInput::kCommFieldNumber, bytes, Text::comm),
    in(v1::TypedInput::kPidFieldNumber, fixed32, Number::pid),
    mark(v1::TypedInput::kUnfinishedFieldNumber, 10),
};
constexpr EventField kShellLine[] = {
    in(v1::ShellLine::kLineFieldNumber, bytes, Text::input),
    within(v1::ShellLine::kCommandFieldNumber, kCommand),
    in(v1::ShellLine::kCwdFieldNumber, bytes, Text::cwd),
    in(v1::ShellLine::kExitCodeFieldNumber, varint32, Number::exit, Telling::plus_one),
};

constexpr EventField kApplicationActivity[] = {
    value(v1::ApplicationActivity::kMessageFieldNumber, bytes),
    value(v1::ApplicationActivity::kResourceFieldNumber, bytes),
};
constexpr EventField kDataChange[] = {
    value(v1::DataChange::kStatementFieldNumber, bytes),
};

// ------------------------------------------------------------------ the host and the product

constexpr EventField kAuditConfigChange[] = {
    in(v1::AuditConfigChange::kRuleKeyFieldNumber, string, Text::rule),
};
constexpr EventField kOperatorAction[] = {
    value(v1::OperatorAction::kQueryFieldNumber, bytes),
};
constexpr EventField kService[] = {
    in(v1::Service::kUnitFieldNumber, bytes, Text::target),
};
constexpr EventField kSecurityDecision[] = {
    mark(v1::SecurityDecision::kDeniedFieldNumber, 6),
    in(v1::SecurityDecision::kSignalFieldNumber, varint32, Number::signal),
    within(v1::SecurityDecision::kCommandFieldNumber, kCommand),
};
constexpr EventField kLoss[] = {
    in(v1::Loss::kCauseFieldNumber, varint32, Number::operation),
};
constexpr EventField kAgentState[] = {
    in(v1::AgentState::kChangeFieldNumber, varint32, Number::operation),
};
constexpr EventField kOtherRecord[] = {
    in(v1::OtherRecord::kPidFieldNumber, fixed32, Number::pid),
    in(v1::OtherRecord::kExeFieldNumber, bytes, Text::exe),
    within(v1::OtherRecord::kPathsFieldNumber, kFirstPath, all(kLaterPath)),
    in(v1::OtherRecord::kCwdFieldNumber, bytes, Text::cwd),
    within(v1::OtherRecord::kCommandFieldNumber, kCommand),
};
constexpr EventField kDisbelievedRecord[] = {
    in(v1::DisbelievedRecord::kPidFieldNumber, fixed32, Number::pid),
    in(v1::DisbelievedRecord::kExeFieldNumber, bytes, Text::exe),
    in(v1::DisbelievedRecord::kAccountFieldNumber, bytes, Text::target),
};
constexpr EventField kLogMessage[] = {
    in(v1::LogMessage::kPidFieldNumber, fixed32, Number::pid),
    value(v1::LogMessage::kMessageFieldNumber, bytes),
    mark(v1::LogMessage::kDisbelievedFieldNumber, 7),
    in(v1::LogMessage::kExeFieldNumber, bytes, Text::exe),
};
constexpr EventField kStreamConflict[] = {
    in(v1::StreamConflict::kKindFieldNumber, varint32, Number::operation),
};
constexpr EventField kCollectorState[] = {
    in(v1::CollectorState::kChangeFieldNumber, varint32, Number::operation),
};
constexpr EventField kAgentHealth[] = {
    in(v1::AgentHealth::kConditionFieldNumber, varint32, Number::operation),
};

constexpr EventField kEvent[] = {
    in(Event::kOrderFieldNumber, varint64, Number::order),
    in(Event::kTimeNsFieldNumber, fixed64, Number::time_ms, Telling::time),
    within(Event::kReadFieldNumber, kRead),
    within(Event::kKernelFieldNumber, kKernel),
    within(Event::kActorFieldNumber, kActor),
    in(Event::kSessionUidFieldNumber, bytes, Text::session),
    within(Event::kSessionFieldNumber, kSession),
    within(Event::kSourceFieldNumber, kSource),
    within(Event::kTargetFieldNumber, kTarget),
    within(Event::kOutcomeFieldNumber, kOutcome),
    within(Event::kOriginFieldNumber, kOrigin),
    in(Event::kIncompleteFieldNumber, bytes, Number::incomplete, Telling::bits),
    mark(Event::kRewrittenFieldNumber, 0),
    each(Event::kRecordsFieldNumber, kRecord),
    within(Event::kPlaceFieldNumber, kPlace),
    within(Event::kAttributionFieldNumber, kAttribution),
    within(Event::kCommandStartedFieldNumber, kCommandStarted),
    within(Event::kProcessEndedFieldNumber, kProcessEnded),
    within(Event::kSessionOpenedFieldNumber, kSessionOpened),
    within(Event::kSessionFactFieldNumber, kSessionFact),
    within(Event::kSessionClosedFieldNumber, kSessionClosed),
    within(Event::kAuthenticationFieldNumber, kAuthentication),
    within(Event::kPrivilegeChangeFieldNumber, kPrivilegeChange),
    within(Event::kAccountChangeFieldNumber, kAccountChange),
    within(Event::kFileAccessFieldNumber, kFileAccess),
    within(Event::kNetworkFieldNumber, kNetwork),
    within(Event::kTypedInputFieldNumber, kTypedInput),
    within(Event::kShellLineFieldNumber, kShellLine),
    within(Event::kApplicationActivityFieldNumber, kApplicationActivity),
    within(Event::kDataChangeFieldNumber, kDataChange),
    within(Event::kAuditConfigChangeFieldNumber, kAuditConfigChange),
    within(Event::kServiceFieldNumber, kService),
    within(Event::kSecurityDecisionFieldNumber, kSecurityDecision),
    within(Event::kLossFieldNumber, kLoss),
    within(Event::kAgentStateFieldNumber, kAgentState),
    within(Event::kOperatorActionFieldNumber, kOperatorAction),
    within(Event::kOtherRecordFieldNumber, kOtherRecord),
    within(Event::kDisbelievedRecordFieldNumber, kDisbelievedRecord),
    within(Event::kLogMessageFieldNumber, kLogMessage),
    within(Event::kStreamConflictFieldNumber, kStreamConflict),
    within(Event::kCollectorStateFieldNumber, kCollectorState),
    within(Event::kAgentHealthFieldNumber, kAgentHealth),
};

}  // namespace

EventFields event_fields() { return all(kEvent); }

}  // namespace spoor::collector
