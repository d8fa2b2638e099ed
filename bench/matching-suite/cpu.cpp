// Processor time a message of several engines behind the suite's interface, on one stream, in turns in one process:
//   cpu ROUNDS STREAM ENGINE.so [ENGINE.so ...]
// Reports go into a small ring that nobody reads, or into the engine's own queue, so that the time is the engine's and its adapter's. Processor time is
// the thread's own; caches and hyperthreads are shared with whatever else runs. Latencies are of a second pass, by the clock.
#include "matching_engine_api.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <string>
#include <vector>

namespace {

struct Record { uint8_t type, side, ioc, pad; uint32_t qty; uint64_t seq, id; int64_t price, reserved; };

struct Engine {
    std::string name;
    void (*init)(uint64_t, const me_transport_t*, void*);
    void (*shutdown)();
    void (*on_new)(const new_order_t*);
    void (*on_cancel)(const cancel_t*);
    void (*on_modify)(const modify_t*);
    void (*on_batch)(const me_msg_t*, uint32_t);
    void (*flush)();
    const me_transport_t* transport;
    void* sink;
    std::vector<double> ns;
    std::vector<uint64_t> latencies;
};

constexpr uint32_t Ring = 1024;
me_report_t ring[Ring];
uint64_t pushed;
int push(void*, const me_report_t* report) { ring[pushed++ % Ring] = *report; return 1; }
void* create(uint32_t) { return ring; }
uint32_t drain(void*, me_report_t*, uint32_t) { return 0; }
void nothing(void*) {}
const me_transport_t transport = { create, push, drain, nothing, nothing };

double cpu() { timespec t; clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); return t.tv_sec * 1e9 + t.tv_nsec; }
uint64_t now() { timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }

template <class T> T find(void* library, const char* name) { return reinterpret_cast<T>(dlsym(library, name)); }

Engine load(const char* path) {
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) { std::fprintf(stderr, "%s\n", dlerror()); std::exit(2); }
    std::string name = path;
    name = name.substr(name.rfind('/') + 1);
    Engine engine = { name.substr(0, name.find('_')), find<decltype(Engine::init)>(library, "engine_init"),
        find<decltype(Engine::shutdown)>(library, "engine_shutdown"), find<decltype(Engine::on_new)>(library, "engine_on_new_order"),
        find<decltype(Engine::on_cancel)>(library, "engine_on_cancel"), find<decltype(Engine::on_modify)>(library, "engine_on_modify"),
        find<decltype(Engine::on_batch)>(library, "engine_on_batch"), find<decltype(Engine::flush)>(library, "engine_flush"),
        &transport, ring, {}, {} };
    // An engine's own queue is read after each run of messages, within the time that is measured.
    if (auto own = find<const me_transport_t* (*)()>(library, "engine_get_transport"); own != nullptr) {
        engine.transport = own();
        engine.sink = engine.transport->create(1 << 16);
    }
    return engine;
}

std::vector<me_msg_t> read(const char* path) {
    FILE* file = std::fopen(path, "rb");
    uint64_t magic; uint32_t version, count;
    if (file == nullptr || std::fread(&magic, 8, 1, file) != 1 || std::fread(&version, 4, 1, file) != 1
        || std::fread(&count, 4, 1, file) != 1) { std::fprintf(stderr, "%s cannot be read\n", path); std::exit(2); }
    std::vector<Record> records(count);
    if (std::fread(records.data(), sizeof(Record), count, file) != count) std::exit(2);
    std::fclose(file);
    std::vector<me_msg_t> messages(count);
    for (uint32_t i = 0; i < count; i++) {
        const Record& r = records[i];
        me_msg_t& m = messages[i];
        std::memset(&m, 0, sizeof m);
        m.type = r.type;
        if (r.type == 0) m.no = { r.id, r.seq, r.price, r.qty, r.side, r.ioc, {} };
        else if (r.type == 1) m.c = { r.id, r.seq };
        else m.md = { r.id, r.seq, r.price, r.qty, r.side, {} };
    }
    return messages;
}

inline void one(const Engine& e, const me_msg_t& m) {
    switch (m.type) {
        case 0: e.on_new(&m.no); break;
        case 1: e.on_cancel(&m.c); break;
        default: e.on_modify(&m.md); break;
    }
}

void run(Engine& e, const std::vector<me_msg_t>& messages) {
    e.init(1, e.transport, e.sink);
    double start = cpu();
    if (e.on_batch != nullptr) {
        for (size_t i = 0; i < messages.size(); i += 64) {
            e.on_batch(&messages[i], static_cast<uint32_t>(std::min<size_t>(64, messages.size() - i)));
            while (e.transport->drain(e.sink, ring, Ring) == Ring) {}
        }
    } else {
        for (const me_msg_t& m : messages) one(e, m);
    }
    e.flush();
    e.ns.push_back((cpu() - start) / messages.size());
    e.shutdown();
}

void time_each(Engine& e, const std::vector<me_msg_t>& messages) {
    e.init(1, e.transport, e.sink);
    e.latencies.resize(messages.size());
    for (size_t i = 0; i < messages.size(); i++) {
        uint64_t start = now();
        one(e, messages[i]);
        e.latencies[i] = now() - start;
        e.transport->drain(e.sink, ring, Ring);
    }
    e.flush();
    e.shutdown();
    std::sort(e.latencies.begin(), e.latencies.end());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) { std::fprintf(stderr, "cpu ROUNDS STREAM ENGINE.so [ENGINE.so ...]\n"); return 2; }
    auto messages = read(argv[2]);
    std::vector<Engine> engines;
    for (int i = 3; i < argc; i++) engines.push_back(load(argv[i]));
    for (int round = 0; round < std::atoi(argv[1]); round++)
        for (Engine& e : engines) run(e, messages);
    for (Engine& e : engines) time_each(e, messages);
    for (Engine& e : engines) {
        std::sort(e.ns.begin(), e.ns.end());
        auto at = [&](double part) { return e.latencies[std::min(e.latencies.size() - 1, size_t(e.latencies.size() * part))]; };
        std::printf("%-12s ns of processor time a message: best %6.1f, median %6.1f   by the clock: p50 %4lu, p99 %5lu, p99.9 %6lu ns\n",
            e.name.c_str(), e.ns.front(), e.ns[e.ns.size() / 2], at(0.5), at(0.99), at(0.999));
    }
}
