// The suite's C interface in front of Market.MatchingSuite.dll, which lies beside this library: starts the .NET runtime as programs of other
// languages do (nethost, hostfxr) and carries reports in a queue of its own, so that none is handed over by a call out of managed code.
#include "matching_engine_api.h"
#include <atomic>
#include <coreclr_delegates.h>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <hostfxr.h>
#include <nethost.h>
#include <string>

namespace {

// One writer, one reader. The writer's half is written by managed code (Session), which knows this layout.
struct alignas(64) Queue {
    me_report_t* reports;
    uint64_t mask;
    alignas(64) std::atomic<uint64_t> written;
    alignas(64) std::atomic<uint64_t> read;
};

void* create(uint32_t capacity) {
    uint64_t size = 1 << 16;
    while (size < capacity) size *= 2;
    auto queue = new Queue;
    queue->reports = static_cast<me_report_t*>(std::aligned_alloc(64, size * sizeof(me_report_t)));
    queue->mask = size - 1;
    queue->written = queue->read = 0;
    return queue;
}

int push(void*, const me_report_t*) { return 0; }

uint32_t drain(void* handle, me_report_t* out, uint32_t most) {
    auto queue = static_cast<Queue*>(handle);
    uint64_t read = queue->read.load(std::memory_order_relaxed);
    uint64_t ready = queue->written.load(std::memory_order_acquire) - read;
    uint32_t count = ready < most ? static_cast<uint32_t>(ready) : most;
    for (uint32_t i = 0; i < count; i++) out[i] = queue->reports[(read + i) & queue->mask];
    queue->read.store(read + count, std::memory_order_release);
    return count;
}

void flush(void*) {}

void destroy(void* handle) {
    auto queue = static_cast<Queue*>(handle);
    std::free(queue->reports);
    delete queue;
}

const me_transport_t transport = { create, push, drain, flush, destroy };

void (*init)(Queue*);
void (*shutdown_)();
void (*on_batch)(const me_msg_t*, uint32_t);
int64_t (*best)(int32_t);
uint64_t (*depth)(int64_t, int32_t);

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "market_adapter: %s\n", what);
    std::abort();
}

void load() {
    if (init != nullptr) return;
    Dl_info here;
    if (dladdr(reinterpret_cast<void*>(&load), &here) == 0) fail("its own path is not known");
    std::string folder = here.dli_fname;
    folder.resize(folder.rfind('/') + 1);
    char path[4096];
    size_t size = sizeof path;
    if (get_hostfxr_path(path, &size, nullptr) != 0) fail("no .NET runtime is installed");
    void* library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (library == nullptr) fail(dlerror());
    auto start = reinterpret_cast<hostfxr_initialize_for_runtime_config_fn>(dlsym(library, "hostfxr_initialize_for_runtime_config"));
    auto get = reinterpret_cast<hostfxr_get_runtime_delegate_fn>(dlsym(library, "hostfxr_get_runtime_delegate"));
    hostfxr_handle host;
    if (start((folder + "Market.MatchingSuite.runtimeconfig.json").c_str(), nullptr, &host) < 0) fail("the runtime does not start");
    load_assembly_and_get_function_pointer_fn find;
    if (get(host, hdt_load_assembly_and_get_function_pointer, reinterpret_cast<void**>(&find)) != 0) fail("the runtime loads nothing");
    auto method = [&](const char* name, auto& to) {
        if (find((folder + "Market.MatchingSuite.dll").c_str(), "Market.MatchingSuite.Adapter, Market.MatchingSuite", name,
                UNMANAGEDCALLERSONLY_METHOD, nullptr, reinterpret_cast<void**>(&to)) != 0) fail(name);
    };
    method("Shutdown", shutdown_);
    method("OnBatch", on_batch);
    method("Best", best);
    method("Depth", depth);
    method("Init", init);
}

void one(uint8_t type, const void* message, size_t size) {
    me_msg_t tagged;
    tagged.type = type;
    __builtin_memcpy(&tagged.no, message, size);
    on_batch(&tagged, 1);
}

}  // namespace

extern "C" {

const me_transport_t* engine_get_transport(void) { return &transport; }
void engine_init(uint64_t, const me_transport_t*, void* sink) { load(); init(static_cast<Queue*>(sink)); }
void engine_shutdown(void) { shutdown_(); }
void engine_flush(void) {}
void engine_on_new_order(const new_order_t* order) { one(0, order, sizeof *order); }
void engine_on_cancel(const cancel_t* cancel) { one(1, cancel, sizeof *cancel); }
void engine_on_modify(const modify_t* modify) { one(2, modify, sizeof *modify); }
void engine_on_batch(const me_msg_t* messages, uint32_t count) { on_batch(messages, count); }
int64_t engine_query_best_bid(void) { return best(0); }
int64_t engine_query_best_ask(void) { return best(1); }
uint64_t engine_query_depth_at(int64_t price, uint8_t side) { return depth(price, side); }

}
