// Messages between the agent and its witness, each end's as an attacker in the other would write
// them: what is taken for one says nothing that it may not, and is written as it was read.
#include "agent/source/witness_message.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::agent;
  const std::string_view message = spoor::as_text({data, size});
  const auto question = read_question(message);
  if (question && question->version == kWitnessVersion) {
    uint8_t bytes[kWitnessQuestionBytes];
    if (spoor::as_text({bytes, write_question(*question, bytes)}) != message) std::abort();
    if (question->pid == 0 || question->descriptor < 0) std::abort();
  }
  const auto answer = read_answer(message);
  if (answer && answer->version == kWitnessVersion) {
    uint8_t bytes[kWitnessAnswerBytesMax];
    const std::string_view path = answer->sight.path;
    if (spoor::as_text({bytes, write_answer(*answer, path, bytes)}) != message) std::abort();
    const bool is_path = path.starts_with('/') && path.find('\0') == std::string_view::npos;
    if (answer->error == 0 && !is_path) std::abort();
  }
  return 0;
}
