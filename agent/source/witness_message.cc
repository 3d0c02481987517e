#include "agent/source/witness_message.h"

#include <algorithm>
#include <cstring>

#include "common/bytes.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kWholeRoot = 1;

// Puts numbers one behind the other.
class Writer {
 public:
  explicit Writer(uint8_t* to) : to_(to) {}
  template <typename T>
  Writer& operator<<(T value) {
    store_le(to_, value);
    to_ += sizeof value;
    return *this;
  }

 private:
  uint8_t* to_;
};

class Reader {
 public:
  explicit Reader(std::string_view from) : from_(as_bytes(from).data()) {}
  template <typename T>
  Reader& operator>>(T& value) {
    value = load_le<T>(from_);
    from_ += sizeof value;
    return *this;
  }

 private:
  const uint8_t* from_;
};

}  // namespace

size_t write_question(const WitnessQuestion& question, uint8_t (&to)[kWitnessQuestionBytes]) {
  Writer(to) << question.version << static_cast<uint32_t>(question.what) << question.number
             << question.pid << question.descriptor;
  return kWitnessQuestionBytes;
}

size_t write_answer(const WitnessAnswer& answer, std::string_view path,
                    uint8_t (&to)[kWitnessAnswerBytesMax]) {
  const WitnessSight& sight = answer.sight;
  const size_t size = std::min(path.size(), kWitnessPathBytesMax);
  Writer(to) << answer.version << answer.error << answer.number << sight.inode << sight.mount
             << sight.device_major << sight.device_minor
             << (sight.has_whole_root ? kWholeRoot : uint32_t{0}) << static_cast<uint32_t>(size);
  if (size > 0) std::memcpy(to + kWitnessAnswerBytes, path.data(), size);
  return kWitnessAnswerBytes + size;
}

std::optional<WitnessQuestion> read_question(std::string_view message) {
  if (message.size() < sizeof(uint32_t)) return std::nullopt;
  WitnessQuestion question;
  question.version = load_le<uint32_t>(as_bytes(message).data());
  if (question.version != kWitnessVersion) return question;
  if (message.size() != kWitnessQuestionBytes) return std::nullopt;
  uint32_t what = 0;
  Reader(message) >> question.version >> what >> question.number >> question.pid >>
      question.descriptor;
  question.what = static_cast<WitnessQuestion::What>(what);
  const bool known = question.what == WitnessQuestion::What::program ||
                     question.what == WitnessQuestion::What::directory;
  if (!known || question.pid == 0 || question.descriptor < 0) return std::nullopt;
  return question;
}

std::optional<WitnessAnswer> read_answer(std::string_view message) {
  if (message.size() < sizeof(uint32_t)) return std::nullopt;
  WitnessAnswer answer;
  answer.version = load_le<uint32_t>(as_bytes(message).data());
  if (answer.version != kWitnessVersion) return answer;
  if (message.size() < kWitnessAnswerBytes || message.size() > kWitnessAnswerBytesMax) {
    return std::nullopt;
  }
  WitnessSight& sight = answer.sight;
  uint32_t flags = 0, size = 0;
  Reader(message) >> answer.version >> answer.error >> answer.number >> sight.inode >>
      sight.mount >> sight.device_major >> sight.device_minor >> flags >> size;
  sight.path = message.substr(kWitnessAnswerBytes);
  sight.has_whole_root = flags == kWholeRoot;
  const bool is_path = answer.error != 0 || sight.path.starts_with('/');
  if (size != sight.path.size() || flags > kWholeRoot || !is_path ||
      sight.path.find('\0') != std::string::npos) {
    return std::nullopt;
  }
  return answer;
}

}  // namespace spoor::agent
