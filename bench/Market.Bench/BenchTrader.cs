using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Wallet;
using Market.Contracts;

namespace Market.Bench;

/// <summary>Somebody with a key, a session and coins that <see cref="MadeUpCoins"/> knows of.</summary>
internal sealed class BenchTrader : IDisposable
{
    /// <summary>What the measured server trades.</summary>
    public const string Instrument = "P2SHARE-BTC";

    private const long Share = 100_000_000;

    private readonly PrivateKey _key;
    private BenchHub? _hub;

    private BenchTrader(HttpClient http, PrivateKey key, int number)
    {
        Http = http;
        _key = key;
        Number = number;
        Account = Hex.Encode(key.PublicKey.XOnly.Span);
    }

    /// <summary>Asks as this trader.</summary>
    public HttpClient Http { get; }

    /// <summary>Which of them.</summary>
    public int Number { get; }

    /// <summary>Its key in hex, as the market names it.</summary>
    public string Account { get; }

    /// <summary>Signs in.</summary>
    public static async Task<BenchTrader> EnterAsync(Uri address, int number, CancellationToken cancel = default)
    {
        var trader = new BenchTrader(
            new HttpClient(new SocketsHttpHandler()) { BaseAddress = address },
            PrivateKey.Create(SHA256.HashData(BitConverter.GetBytes(number + 1))), number);
        var challenge = await trader.PostAsync<Challenge>(
            Routes.Challenges, new CreateChallenge { Key = trader.Account }, cancel);
        var session = await trader.PostAsync<Session>(Routes.Sessions, new CreateSession
        {
            Key = trader.Account,
            Challenge = challenge.Value,
            Signature = Sign(trader._key, SignInText.Digest(address.Authority, "devnet", trader.Account, challenge.Value)),
        }, cancel);
        trader.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session.Token);
        return trader;
    }

    /// <summary>The body of its i-th order; every tenth trades at once.</summary>
    public byte[] Order(int i)
    {
        var takes = i % 10 == 9;
        var side = (Number + i) % 2 == 0 ? Side.Buy : Side.Sell;
        var away = takes ? -20_000 : 10 * (1 + i % 100);
        var order = new PlaceOrder
        {
            ClientOrderId = $"o{i}",
            Instrument = Instrument,
            Side = side,
            Price = new Price(100_000 + (side == Side.Buy ? -away : away)),
            Quantity = new Quantity((1 + i % 5) * Share),
            TimeInForce = takes ? TimeInForce.Ioc : TimeInForce.Gtc,
            Outpoints =
            [
                new OutpointProof { Outpoint = MadeUpCoins.Make(_key.PublicKey, (uint)i).ToString(), Signature = "" },
            ],
        };
        var text = Encoding.UTF8.GetBytes(OrderText.Of("devnet", Account, order));
        var signature = Bip322.Sign(text, Script.P2wpkh(_key.PublicKey), _key);
        return JsonSerializer.SerializeToUtf8Bytes(
            order with { Outpoints = [order.Outpoints[0] with { Signature = signature }] }, MarketJson.Options);
    }

    /// <summary>Sends an order's body.</summary>
    public async Task<HttpStatusCode> SendAsync(byte[] body, CancellationToken cancel = default)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await Http.PostAsync(Routes.Orders, content, cancel);
        return answer.StatusCode;
    }

    /// <summary>Has its orders go over the hub from now on.</summary>
    public async Task OpenHubAsync(Uri address, CancellationToken cancel = default) =>
        _hub = await BenchHub.OpenAsync(address, Http.DefaultRequestHeaders.Authorization!.Parameter!, cancel);

    /// <summary>Places an order. False where it is refused.</summary>
    public async Task<bool> PlaceAsync(byte[] body, CancellationToken cancel = default) =>
        _hub is { } hub ? await hub.PlaceAsync(body, cancel) : (int)await SendAsync(body, cancel) < 400;

    /// <summary>Posts a body.</summary>
    public async Task<HttpStatusCode> PostAsync(string path, object body, CancellationToken cancel)
    {
        using var answer = await Http.PostAsJsonAsync(path, body, MarketJson.Options, cancel);
        return answer.StatusCode;
    }

    // That must be taken.
    private async Task<T> PostAsync<T>(string path, object body, CancellationToken cancel)
    {
        using var answer = await Http.PostAsJsonAsync(path, body, MarketJson.Options, cancel);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<T>(MarketJson.Options, cancel))!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hub?.Dispose();
        Http.Dispose();
        _key.Dispose();
    }

    private static string Sign(PrivateKey key, byte[] digest) =>
        Hex.Encode(key.SignSchnorr(digest, RandomNumberGenerator.GetBytes(32)).Span);
}
