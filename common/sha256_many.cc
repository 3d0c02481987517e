#include "common/sha256_many.h"

#include <algorithm>
#include <cstring>

#include "common/check.h"
#include "common/sha256.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace spoor {
namespace {

void one_by_one(std::span<const Sha256Message> messages, std::span<Hash> out) {
  Sha256 hasher;
  for (size_t i = 0; i < messages.size(); ++i) {
    out[i] = hasher.add(messages[i].start).add(messages[i].rest).finish();
  }
}

#ifdef __x86_64__

constexpr size_t kBlock = 64;

alignas(16) constexpr std::array<uint32_t, 64> kRounds = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// The working variables in the order of the instructions: a, b, e, f and c, d, g, h.
struct State {
  __m128i abef = _mm_set_epi32(0x6a09e667, static_cast<int>(0xbb67ae85), 0x510e527f,
                               static_cast<int>(0x9b05688c));
  __m128i cdgh = _mm_set_epi32(0x3c6ef372, static_cast<int>(0xa54ff53a), 0x1f83d9ab, 0x5be0cd19);
};

// A message, block by block, padded as FIPS 180-4 (5.1.1) has it.
class Blocks {
 public:
  void begin(const Sha256Message& message) {
    size_ = message.start.size() + message.rest.size();
    left_ = (size_ + 1 + 8 + kBlock - 1) / kBlock;
    start_ = message.start;
    rest_ = message.rest;
    has_end_ = false;
  }
  bool at_end() const { return left_ == 0; }

  // Good until the next call.
  const uint8_t* next() {
    --left_;
    if (start_.empty() && rest_.size() >= kBlock) {
      const uint8_t* const out = rest_.data();
      rest_ = rest_.subspan(kBlock);
      return out;
    }
    return mixed();
  }

 private:
  const uint8_t* mixed() {
    size_t at = 0;
    const auto take = [&](ByteView& from) {
      const size_t size = std::min(from.size(), kBlock - at);
      if (size > 0) std::memcpy(room_.data() + at, from.data(), size);
      from = from.subspan(size);
      at += size;
    };
    take(start_);
    take(rest_);
    if (at == kBlock) return room_.data();
    std::memset(room_.data() + at, 0, kBlock - at);
    if (!has_end_) room_[at] = 0x80;
    has_end_ = true;
    for (size_t i = 0; left_ == 0 && i < 8; ++i) {
      room_[kBlock - 1 - i] = static_cast<uint8_t>(uint64_t{size_} * 8 >> 8 * i);
    }
    return room_.data();
  }

  ByteView start_, rest_;
  size_t size_ = 0, left_ = 0;
  bool has_end_ = false;
  std::array<uint8_t, kBlock> room_;
};

#define WITH_SHA __attribute__((target("sha,ssse3,sse4.1")))

// One block of each of `lanes` messages.
template <size_t lanes>
WITH_SHA void compress(State* const (&states)[lanes], const uint8_t* const (&blocks)[lanes]) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i abef[lanes], cdgh[lanes], words[lanes][4];
  for (size_t l = 0; l < lanes; ++l) {
    abef[l] = states[l]->abef;
    cdgh[l] = states[l]->cdgh;
  }
#pragma GCC unroll 16
  for (size_t four = 0; four < 16; ++four) {
    const __m128i constants =
        _mm_load_si128(reinterpret_cast<const __m128i*>(kRounds.data() + four * 4));
#pragma GCC unroll 2
    for (size_t l = 0; l < lanes; ++l) {
      __m128i(&w)[4] = words[l];
      __m128i& now = w[four % 4];
      if (four < 4) {
        now = _mm_shuffle_epi8(
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks[l] + four * 16)), swap);
      } else {
        const __m128i before = w[(four + 3) % 4];
        const __m128i nine_back = _mm_alignr_epi8(before, w[(four + 2) % 4], 4);
        now = _mm_add_epi32(_mm_sha256msg1_epu32(now, w[(four + 1) % 4]), nine_back);
        now = _mm_sha256msg2_epu32(now, before);
      }
      const __m128i mixed = _mm_add_epi32(now, constants);
      cdgh[l] = _mm_sha256rnds2_epu32(cdgh[l], abef[l], mixed);
      abef[l] = _mm_sha256rnds2_epu32(abef[l], cdgh[l], _mm_shuffle_epi32(mixed, 0x0e));
    }
  }
  for (size_t l = 0; l < lanes; ++l) {
    states[l]->abef = _mm_add_epi32(states[l]->abef, abef[l]);
    states[l]->cdgh = _mm_add_epi32(states[l]->cdgh, cdgh[l]);
  }
}

WITH_SHA Hash hash_of(const State& state) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const __m128i feba = _mm_shuffle_epi32(state.abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xb1);
  const __m128i abcd = _mm_blend_epi16(feba, dchg, 0xf0);
  const __m128i efgh = _mm_alignr_epi8(dchg, feba, 8);
  Hash out;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.data()), _mm_shuffle_epi8(abcd, swap));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.data() + 16), _mm_shuffle_epi8(efgh, swap));
  return out;
}

// A message on its way.
struct Lane {
  Blocks blocks;
  State state;
  size_t number = 0;

  void begin(std::span<const Sha256Message> messages, size_t of) {
    number = of;
    blocks.begin(messages[of]);
    state = State();
  }
};

WITH_SHA void two_by_two(std::span<const Sha256Message> messages, std::span<Hash> out) {
  Lane lanes[2];
  size_t next = 0, busy = std::min<size_t>(2, messages.size());
  for (; next < busy; ++next) lanes[next].begin(messages, next);
  while (busy > 0) {
    if (busy == 2) {
      compress<2>({&lanes[0].state, &lanes[1].state},
                  {lanes[0].blocks.next(), lanes[1].blocks.next()});
    } else {
      compress<1>({&lanes[0].state}, {lanes[0].blocks.next()});
    }
    for (size_t l = busy; l-- > 0;) {
      if (!lanes[l].blocks.at_end()) continue;
      out[lanes[l].number] = hash_of(lanes[l].state);
      if (next < messages.size()) lanes[l].begin(messages, next++);
      else if (--busy > l) lanes[l] = lanes[busy];
    }
  }
}

bool has_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kSha = 1u << 29;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & kSha) != 0 &&
         __builtin_cpu_supports("sse4.1");
}

#endif

}  // namespace

void sha256_many(std::span<const Sha256Message> messages, std::span<Hash> out) {
  CHECK(messages.size() == out.size());
#ifdef __x86_64__
  static const bool has_them = has_instructions();
  if (has_them) return two_by_two(messages, out);
#endif
  one_by_one(messages, out);
}

}  // namespace spoor
