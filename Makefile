EXTENSION  = vector
MODULE_big = vector
DATA       = $(wildcard sql/$(EXTENSION)--*.sql)
# For C code of other extensions: "extension/vector/vector.h" below includedir-server.
HEADERS    = $(wildcard include/extension/vector/*.h)
SRCS       = $(sort $(wildcard src/*.cpp src/*/*.cpp src/*/*/*.cpp))
OBJS       = $(SRCS:.cpp=.o)

TESTS          = $(sort $(wildcard test/sql/*.sql))
REGRESS        = $(TESTS:test/sql/%.sql=%)
REGRESS_OPTS   = --inputdir=test --load-extension=$(EXTENSION)
ISOLATION      = $(sort $(patsubst test/specs/%.spec,%,$(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --load-extension=$(EXTENSION)
TAP_TESTS      = 1
PROVE_TESTS   ?= test/t/*.pl

# No JIT inlining of C++ into queries: without bitcode there is no clang build,
# and bitcode of the per-instruction-set files would be compiled at the baseline.
override with_llvm = no

PG_CONFIG  ?= pg_config
PG_INCLUDES = -isystem $(shell $(PG_CONFIG) --includedir-server)
# g++ 13 and later see overruns in unrolled loops and in std::pmr where there are none.
# clang does not know all warnings that PostgreSQL was built with by g++, and warns of volatile
# counters and of members left out in PostgreSQL's macros.
WARNINGS    = -Wall -Wextra -Wshadow -Wno-array-bounds \
              $(if $(findstring clang,$(CXX)),-Wno-unknown-warning-option -Wno-deprecated-volatile \
                -Wno-missing-designated-field-initializers) $(WERROR)
EIGEN_DIR   ?= /usr/include/eigen3
# The core's own checks are on where PostgreSQL's are.
ASSERTIONS  = $(if $(findstring --enable-cassert,$(shell $(PG_CONFIG) --configure)),-DVECTOR_ASSERTIONS)
PG_CPPFLAGS = -Iinclude -isystem $(EIGEN_DIR) $(PG_INCLUDES) $(ASSERTIONS)
# SANITIZE=address,undefined is for servers that load the libraries of both (test/lib/under);
# COVERAGE is test/coverage's.
SANITIZER   = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
PG_CXXFLAGS = -std=c++20 -O2 $(WARNINGS) -DNDEBUG -fvisibility=hidden -fvisibility-inlines-hidden \
              $(SANITIZER) $(COVERAGE)
SHLIB_LINK  = -lstdc++ -pthread $(SANITIZER) $(COVERAGE)
PGXS       := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# The core sees no PostgreSQL header, in the library as in the unit tests.
CORE_DIRS = base simd types cluster quantize storage ivf hnsw
CORE_SRCS = $(sort $(wildcard $(CORE_DIRS:%=src/%/*.cpp)))

# Header dependencies: packaged PostgreSQL is configured without them.
DEPFLAGS = -MMD -MP
override CXXFLAGS += $(DEPFLAGS)
-include $(OBJS:.o=.d)
$(OBJS): Makefile
EXTRA_CLEAN += $(OBJS:.o=.d) build results output_iso tmp_check

# One object per instruction set; the table of kernels is chosen at run time.
ifneq ($(filter x86_64 amd64,$(shell uname -m)),)
AVX2_FLAGS   = -mavx2 -mfma -mf16c
AVX512_FLAGS = -mavx512f -mavx512cd -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma -mf16c
POPCNT_FLAGS = -mavx512vpopcntdq
endif
src/simd/%_avx2.o build/unit/src/simd/%_avx2.o build/fuzz/src/simd/%_avx2.o:       SIMD_FLAGS = $(AVX2_FLAGS)
src/simd/%_avx512.o build/unit/src/simd/%_avx512.o build/fuzz/src/simd/%_avx512.o: SIMD_FLAGS = $(AVX512_FLAGS)
src/simd/bits_avx512.o build/unit/src/simd/bits_avx512.o build/fuzz/src/simd/bits_avx512.o: SIMD_FLAGS = $(AVX512_FLAGS) $(POPCNT_FLAGS)
src/simd/%.o: override CXXFLAGS += -O3 $(SIMD_FLAGS)

# Unit tests of the core: no server, no PostgreSQL include path, ASan and UBSan. Line numbers are
# all that reports need of debug information; the rest takes a third of the compiler's time. To
# inline as -O2 does halves the time of the tests, where all of -O2 would make the compiler slower.
UNIT_SRCS  = $(sort $(wildcard test/unit/*/*.cpp))
UNIT_OBJS  = $(patsubst %.cpp,build/unit/%.o,$(CORE_SRCS) $(UNIT_SRCS))
UNIT_CHECKS = -DVECTOR_ASSERTIONS -fsanitize=address,undefined -fno-sanitize-recover=undefined
UNIT_SPEED  = -O1 $(if $(findstring clang,$(CXX)),,-finline-small-functions -ftree-loop-distribute-patterns)
UNIT_FLAGS = -std=c++20 -g1 $(UNIT_SPEED) $(WARNINGS) $(UNIT_CHECKS) $(COVERAGE) -Iinclude -Itest/unit \
             -isystem $(EIGEN_DIR) $(DEPFLAGS)

# Kernels are inlined even here: an unoptimised xsimd emits weak symbols that would replace the
# baseline's. Beyond that, optimising what sanitizers make of intrinsics takes a minute a file. With
# sanitizers g++ 12 takes the undefined registers of AVX-512's intrinsics for mistakes (GCC bug 105593).
UNIT_KERNELS = $(if $(findstring clang,$(CXX)),-O3,-O1 -finline-functions)
build/unit/src/simd/%.o: src/simd/%.cpp
	@mkdir -p $(@D)
	$(CXX) $(UNIT_FLAGS) -Wno-uninitialized $(UNIT_KERNELS) $(SIMD_FLAGS) -c $< -o $@

build/unit/%.o: %.cpp
	@mkdir -p $(@D)
	$(CXX) $(UNIT_FLAGS) -c $< -o $@

build/unit/all_tests: $(UNIT_OBJS)
	$(CXX) $(UNIT_FLAGS) $^ -lgtest -lgtest_main -pthread -o $@

# More shards than processors, so that `make -j` keeps all of them busy to the end.
# g++ 13.2 loses track of its fake stacks where AVX-512 is on (GCC bug 110027).
UNIT_SHARDS = 0 1 2 3 4 5 6 7
.PHONY: unit $(UNIT_SHARDS:%=unit-%)
unit: $(UNIT_SHARDS:%=unit-%)
$(UNIT_SHARDS:%=unit-%): unit-%: build/unit/all_tests
	GTEST_TOTAL_SHARDS=$(words $(UNIT_SHARDS)) GTEST_SHARD_INDEX=$* \
	ASAN_OPTIONS=detect_stack_use_after_return=0:$(ASAN_OPTIONS) \
	$< --gtest_brief=1 --gtest_output=xml:build/$@.xml $(GTEST_FLAGS)

-include $(UNIT_OBJS:.o=.d)

# The fuzz targets, in objects of their own: the functions of the types, on a stub of the
# server; and `pages`, the index methods on the unit tests' store.
FUZZ_CXX    ?= clang++
FUZZ_TARGETS = $(patsubst test/fuzz/%.cpp,build/fuzz/%,$(wildcard test/fuzz/*.cpp))
FUZZ_SRCS    = $(sort $(wildcard $(patsubst %,src/%/*.cpp,base simd types) \
                 $(patsubst %,src/sql/%*.cpp,vector halfvec sparsevec bit))) \
               $(patsubst %,src/pg/%.cpp,array guard memory narrow value) $(wildcard test/fuzz/support/*.cpp)
FUZZ_OBJS    = $(patsubst %.cpp,build/fuzz/%.o,$(FUZZ_SRCS))
FUZZ_FLAGS   = -std=c++20 -g -O2 $(WARNINGS) $(FUZZ_QUIET) -DVECTOR_ASSERTIONS -D_GNU_SOURCE \
               -fsanitize=address,undefined -fno-sanitize-recover=undefined \
               -Iinclude -isystem $(EIGEN_DIR) $(PG_INCLUDES) $(DEPFLAGS)
FUZZ_LIBS    = $(firstword $(wildcard $(addsuffix /libpgcommon.a,$(pkglibdir) $(libdir))))

# clang 19 and later miss a member that a macro of PostgreSQL 16 leaves out.
FUZZ_QUIET   = -Wno-missing-field-initializers

# What the fuzzer is to explore is the tested code, not the tests.
build/fuzz/src/%.o: FUZZ_FLAGS += -fsanitize=fuzzer-no-link

build/fuzz/src/simd/%.o: src/simd/%.cpp
	@mkdir -p $(@D)
	$(FUZZ_CXX) $(FUZZ_FLAGS) -O3 $(SIMD_FLAGS) -c $< -o $@

build/fuzz/%.o: %.cpp
	@mkdir -p $(@D)
	$(FUZZ_CXX) $(FUZZ_FLAGS) -c $< -o $@

$(filter-out build/fuzz/pages,$(FUZZ_TARGETS)): build/fuzz/%: build/fuzz/test/fuzz/%.o $(FUZZ_OBJS)
	$(FUZZ_CXX) $(FUZZ_FLAGS) -fsanitize=fuzzer $^ $(FUZZ_LIBS) -o $@

# Templates of the core are compiled into these objects: they are to be explored too. The numbers that
# indexes and kernels compare are in no input as they are, and to tell the fuzzer of them would take
# half of the time.
PAGES_OBJS = $(patsubst %.cpp,build/fuzz/%.o,test/fuzz/pages.cpp $(wildcard test/unit/support/*.cpp))
INDEX_OBJS = $(patsubst %.cpp,build/fuzz/%.o,$(wildcard $(patsubst %,src/%/*.cpp,simd cluster quantize ivf hnsw)))
$(PAGES_OBJS): FUZZ_FLAGS += -Itest/unit -fsanitize=fuzzer-no-link
$(PAGES_OBJS) $(INDEX_OBJS): FUZZ_FLAGS += -fno-sanitize-coverage=trace-cmp
build/fuzz/pages: $(PAGES_OBJS) $(patsubst %.cpp,build/fuzz/%.o,$(CORE_SRCS))
	$(FUZZ_CXX) $(FUZZ_FLAGS) -fsanitize=fuzzer $^ -pthread -o $@

.PHONY: fuzz
fuzz: $(FUZZ_TARGETS)

-include $(sort $(FUZZ_OBJS:.o=.d) $(patsubst %.cpp,build/fuzz/%.d,$(CORE_SRCS)) \
           $(FUZZ_TARGETS:build/fuzz/%=build/fuzz/test/fuzz/%.d) $(PAGES_OBJS:.o=.d))

# Functions that the regression tests load beside the extension; never installed.
TEST_MODULE = build/test/border.so
$(TEST_MODULE): test/modules/border.cpp src/pg/guard.o src/pg/memory.o
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) $(PG_CXXFLAGS) -fPIC -shared $^ -o $@

installcheck: $(TEST_MODULE)

# The extension with the setting vector.crash_at, as a library of another name for
# test/torture; never installed by `make install`.
CRASH_MODULE = build/crash/vector_crash.so
CRASH_OWN    = $(filter $(patsubst %,src/pg/%.o,ivfflat/% hnsw/% check/% buffer_store settings crash_point),$(OBJS))
CRASH_OBJS   = $(filter-out $(CRASH_OWN),$(OBJS)) $(CRASH_OWN:%=build/crash/%)

build/crash/%.o: %.cpp Makefile
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) $(CFLAGS_SL) -DVECTOR_CRASH_POINTS -c $< -o $@

$(CRASH_MODULE): $(CRASH_OBJS)
	$(CXX) $(CXXFLAGS) -shared $^ $(LDFLAGS) $(LDFLAGS_SL) $(SHLIB_LINK) -o $@

.PHONY: crash-module install-crash-module
crash-module: $(CRASH_MODULE)
install-crash-module: $(CRASH_MODULE)
	$(INSTALL_SHLIB) $< '$(DESTDIR)$(pkglibdir)/'

-include $(patsubst %.o,%.d,$(filter build/crash/%,$(CRASH_OBJS)))

.PHONY: check-layers check-simd format lint
check-layers:
	test/lint/layers

# A weak symbol from these objects could replace baseline code at link time. Those
# that name their instruction set cannot, and comparing two integers needs none.
check-simd: $(filter src/simd/%,$(OBJS))
	@if nm -C $(filter %_avx2.o %_avx512.o,$^) | grep ' [WVu] ' | \
	    grep -v -e 'Eigen_avx' -e 'xsimd::.*avx' -e 'std::m[inax]*<long>' -e '__gxx_personality_v0'; \
	  then echo 'weak symbols in per-instruction-set objects'; exit 1; fi

format:
	clang-format -i $$(git ls-files '*.cpp' '*.hpp' '*.inc' '*.h' '*.c')

lint: check-layers check-simd
	clang-format --dry-run -Werror $$(git ls-files '*.cpp' '*.hpp' '*.inc' '*.h' '*.c')
	clang-tidy --quiet $(filter-out %_avx2.cpp %_avx512.cpp,$(CORE_SRCS)) -- -xc++ -std=c++20 -Iinclude -isystem $(EIGEN_DIR)
