using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Wallet;
using Market.Chains.Postgres;
using Market.Chains.Storage;
using Market.Contracts;
using Npgsql;

namespace Market.Bench;

/// <summary>
/// Orders over REST from many clients: signed beforehand, each with its own coin, one in ten trades at once and opens a
/// swap. The server, its PostgreSQL (durable) and the clients share this machine.
/// </summary>
internal static class TradingRestBench
{
    private const int Clients = 64;
    private const int Slices = 5;
    private const long Share = 100_000_000;

    public static Command Build()
    {
        var orders = new Argument<int>("orders")
        {
            Description = $"Orders of each of the {Clients} clients",
            DefaultValueFactory = _ => 500,
        };
        orders.Validators.Add(given =>
        {
            if (given.Tokens.Count == 1
                && (!int.TryParse(given.Tokens[0].Value, CultureInfo.InvariantCulture, out var wanted) || wanted < Slices))
                given.AddError($"orders: give a number of at least {Slices}");
        });
        var command = new Command("orders",
            "Orders over REST with a PostgreSQL commit, many clients: orders a second, latency, fsync") { orders };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(orders)));
        return command;
    }

    private static async Task RunAsync(int perClient)
    {
        Console.WriteLine(Machine.Describe());
        var folder = Path.Combine(Path.GetTempPath(), "market-bench-" + Guid.NewGuid().ToString("N")[..8]);
        await using (var postgres = await PrivatePostgres.StartAsync(folder))
        {
            var database = await postgres.EnsureDatabaseAsync("bench");
            Console.WriteLine($"fsync of 4 kB in {folder}: {Machine.MeasureFsync(folder):N2} ms");
            await MeasureAsync(database, perClient);
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(string database, int perClient)
    {
        var (server, address) = await StartServerAsync(database);
        using (server)
        {
            var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(n => Client.PrepareAsync(address, n, perClient)));
            // A server that has just begun compiles itself while it serves: the slices show when it is warm.
            for (var slice = 0; slice < Slices; slice++)
                await MeasureSliceAsync(server, clients, perClient * slice / Slices, perClient * (slice + 1) / Slices);
            await PrintJournalAsync(database);
            server.StandardInput.Close();
            await server.WaitForExitAsync();
        }
    }

    private static async Task MeasureSliceAsync(Process server, Client[] clients, int from, int to)
    {
        foreach (var client in clients) client.Milliseconds.Clear();
        server.Refresh();
        var cpu = server.TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(clients.Select(c => c.SendAsync(from, to)));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        server.Refresh();
        cpu = server.TotalProcessorTime - cpu;
        var times = clients.SelectMany(c => c.Milliseconds).Order().ToArray();
        Console.WriteLine($"{times.Length:N0} orders from {Clients} clients: {times.Length / seconds:N0} orders/s, "
            + $"p50 {times[times.Length / 2]:N1} ms, p99 {times[times.Length * 99 / 100]:N1} ms, "
            + $"{clients.Sum(c => c.Refused)} refused so far, "
            + $"{cpu.TotalMilliseconds / times.Length:N3} ms of the server's CPU an order");
    }

    private static async Task<(Process Server, Uri Address)> StartServerAsync(string database)
    {
        var program = typeof(TradingRestServer).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", [program, TradingRestServer.Verb, database])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_gcServer"] = "1", ["DOTNET_gcConcurrent"] = "1" },
        };
        var server = Process.Start(start)!;
        while (await server.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("serving ", StringComparison.Ordinal)) continue;
            _ = server.StandardOutput.ReadToEndAsync();
            return (server, new Uri(line["serving ".Length..]));
        }
        throw new InvalidOperationException("The server did not start.");
    }

    private static async Task PrintJournalAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("""
            select count(*), sum(last_sequence - first_sequence + 1), sum(length(commands) + length(events)),
                (select count(*) from market.trades) from market.journal
            """);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        Console.WriteLine($"{reader.GetInt64(0):N0} commits of {reader.GetDecimal(1) / reader.GetInt64(0):N1} commands, "
            + $"{reader.GetDecimal(2) / reader.GetDecimal(1):N0} bytes a command, {reader.GetInt64(3):N0} trades");
    }

    private sealed class Client
    {
        private readonly HttpClient _http;
        private readonly byte[][] _bodies;

        private Client(HttpClient http, byte[][] bodies)
        {
            _http = http;
            _bodies = bodies;
        }

        public List<double> Milliseconds { get; } = [];

        public int Refused { get; private set; }

        public static async Task<Client> PrepareAsync(Uri address, int number, int orders)
        {
            using var key = PrivateKey.Create(SHA256.HashData(BitConverter.GetBytes(number + 1)));
            var account = Hex.Encode(key.PublicKey.XOnly.Span);
            var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = address };
            var challenge = await PostAsync<Challenge>(http, Routes.Challenges, new CreateChallenge { Key = account });
            var session = await PostAsync<Session>(http, Routes.Sessions, new CreateSession
            {
                Key = account,
                Challenge = challenge.Value,
                Signature = Sign(key, SignInText.Digest(address.Authority, "devnet", account, challenge.Value)),
            });
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session.Token);
            var bodies = new byte[orders][];
            for (var i = 0; i < orders; i++)
                bodies[i] = JsonSerializer.SerializeToUtf8Bytes(Order(key, account, number, i), MarketJson.Options);
            return new Client(http, bodies);
        }

        public async Task SendAsync(int from, int to)
        {
            for (var i = from; i < to; i++)
            {
                using var content = new ByteArrayContent(_bodies[i]);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                var start = Stopwatch.GetTimestamp();
                using var answer = await _http.PostAsync(Routes.Orders, content);
                Milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (!answer.IsSuccessStatusCode) Refused++;
            }
        }

        private static PlaceOrder Order(PrivateKey key, string account, int number, int i)
        {
            var takes = i % 10 == 9;
            var side = (number + i) % 2 == 0 ? Side.Buy : Side.Sell;
            var away = takes ? -20_000 : 10 * (1 + i % 100);
            var order = new PlaceOrder
            {
                ClientOrderId = $"o{i}",
                Instrument = Instrument.P2ShareBtc,
                Side = side,
                Price = new Price(100_000 + (side == Side.Buy ? -away : away)),
                Quantity = new Quantity((1 + i % 5) * Share),
                TimeInForce = takes ? TimeInForce.Ioc : TimeInForce.Gtc,
                Outpoints =
                [
                    new OutpointProof { Outpoint = MadeUpCoins.Make(key.PublicKey, (uint)i).ToString(), Signature = "" },
                ],
            };
            var text = Encoding.UTF8.GetBytes(OrderText.Of("devnet", account, order));
            var signature = Bip322.Sign(text, Script.P2wpkh(key.PublicKey), key);
            return order with { Outpoints = [order.Outpoints[0] with { Signature = signature }] };
        }

        private static async Task<T> PostAsync<T>(HttpClient http, string path, object body)
        {
            using var answer = await http.PostAsJsonAsync(path, body, MarketJson.Options);
            answer.EnsureSuccessStatusCode();
            return (await answer.Content.ReadFromJsonAsync<T>(MarketJson.Options))!;
        }

        private static string Sign(PrivateKey key, byte[] digest) =>
            Hex.Encode(key.SignSchnorr(digest, RandomNumberGenerator.GetBytes(32)).Span);
    }
}
