using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Wallet;
using Market.Contracts;

namespace Market.Api.Tests.Orders;

/// <summary>A key, its coins, and its session with a server.</summary>
public sealed class Trader : IDisposable
{
    private readonly PrivateKey _key;
    private readonly HttpClient _http;
    private static long _serial;

    private Trader(PrivateKey key, HttpClient http)
    {
        _key = key;
        _http = http;
    }

    public string Key => Hex.Encode(_key.PublicKey.XOnly.Span);

    public HttpClient Http => _http;

    public PublicKey PublicKey => _key.PublicKey;

    public static string KeyOf(int number)
    {
        using var key = KeyNumber(number);
        return key.PublicKey.XOnly.ToString();
    }

    private static PrivateKey KeyNumber(int number) => PrivateKey.Create(SHA256.HashData(BitConverter.GetBytes(number)));

    public static async Task<Trader> SignInAsync(Uri server, int number)
    {
        var trader = new Trader(KeyNumber(number), new HttpClient { BaseAddress = server });
        var challenge = await trader.SendAsync<Challenge>(
            HttpMethod.Post, Routes.Challenges, new CreateChallenge { Key = trader.Key });
        var session = await trader.SendAsync<Session>(HttpMethod.Post, Routes.Sessions, new CreateSession
        {
            Key = trader.Key,
            Challenge = challenge.Value,
            Signature = trader.Sign(SignInText.Digest(server.Authority, "devnet", trader.Key, challenge.Value)),
        });
        trader._http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session.Token);
        return trader;
    }

    public OutPoint Coin(long worth, TestCoins.Kind kind = TestCoins.Kind.Good) =>
        TestCoins.Make(_key.PublicKey, worth, (ulong)Interlocked.Increment(ref _serial), kind);

    /// <summary>A good order, signed; change it with "with" before signing by giving <paramref name="change"/>.</summary>
    public PlaceOrder Order(string name, Side side, long price, long quantity, Func<PlaceOrder, PlaceOrder>? change = null,
        OutPoint? coin = null)
    {
        var worth = BackingRules.Gives(
            side == Side.Buy ? Market.Trading.Side.Buy : Market.Trading.Side.Sell, price, quantity) + 1_000;
        var order = new PlaceOrder
        {
            ClientOrderId = name,
            Instrument = "P2SHARE-BTC",
            Side = side,
            Price = new Price(price),
            Quantity = new Quantity(quantity),
            Outpoints = [new OutpointProof { Outpoint = (coin ?? Coin(worth)).ToString(), Signature = "smp" }],
        };
        return Signed(change is null ? order : change(order));
    }

    /// <summary>The order of this account over coins of an owner: the own ones, or another's.</summary>
    public PlaceOrder Signed(PlaceOrder order, Trader? owner = null)
    {
        var text = Encoding.UTF8.GetBytes(OrderText.Of("devnet", Key, order));
        var key = (owner ?? this)._key;
        var signature = Bip322.Sign(text, Script.P2wpkh(key.PublicKey), key);
        return order with { Outpoints = [.. order.Outpoints.Select(o => o with { Signature = signature })] };
    }

    /// <summary>What the account's address says to a text (BIP322, simple form).</summary>
    public string SignText(string text) =>
        Bip322.Sign(Encoding.UTF8.GetBytes(text), Script.P2wpkh(_key.PublicKey), _key);

    /// <summary>An order that draws on any coin that this account has proved, or on these.</summary>
    public static PlaceOrder Drawing(string name, Side side, long price, long quantity, params OutPoint[] coins) => new()
    {
        ClientOrderId = name,
        Instrument = "P2SHARE-BTC",
        Side = side,
        Price = new Price(price),
        Quantity = new Quantity(quantity),
        Outpoints = [.. coins.Select(coin => new OutpointProof { Outpoint = coin.ToString() })],
    };

    /// <summary>A proof of coins for this account, signed by their owner: this one, or another.</summary>
    public ProveOutpoints Proof(string chain, DateTimeOffset expiresAt, Trader? owner, params OutPoint[] coins)
    {
        var proof = new ProveOutpoints
        {
            Chain = chain,
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(expiresAt.ToUnixTimeMilliseconds()),
            Outpoints = [.. coins.Select(coin => new OutpointProof { Outpoint = coin.ToString() })],
        };
        var key = (owner ?? this)._key;
        var text = Encoding.UTF8.GetBytes(OutpointsText.Of("devnet", Key, proof));
        var signature = Bip322.Sign(text, Script.P2wpkh(key.PublicKey), key);
        return proof with { Outpoints = [.. proof.Outpoints.Select(o => o with { Signature = signature })] };
    }

    /// <summary>Proves coins of this account for a month by the server's clock.</summary>
    public async Task<IReadOnlyList<ProvedOutpoint>> ProveAsync(string chain, params OutPoint[] coins)
    {
        var time = (await SendAsync<ServerTime>(HttpMethod.Get, Routes.Time)).Time;
        return (await SendAsync<ProvedOutpoints>(
            HttpMethod.Post, Routes.Outpoints, Proof(chain, time.AddDays(30), null, coins))).Outpoints;
    }

    public Task<HttpResponseMessage> PostAsync(PlaceOrder order) =>
        _http.PostAsJsonAsync(Routes.Orders, order, MarketJson.Options);

    public Task<PlacedOrder> PlaceAsync(PlaceOrder order) => SendAsync<PlacedOrder>(HttpMethod.Post, Routes.Orders, order);

    public Task<PlacedOrder> PlaceAsync(string name, Side side, long price, long quantity) =>
        PlaceAsync(Order(name, side, price, quantity));

    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body = null)
    {
        using var response = await RawAsync(method, path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return System.Text.Json.JsonSerializer.Deserialize<T>(text, MarketJson.Options)!;
    }

    public Task<HttpResponseMessage> RawAsync(HttpMethod method, string path, object? body = null) =>
        _http.SendAsync(new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: MarketJson.Options),
        });

    public async Task<string> RefusedAsync(HttpMethod method, string path, object? body = null) =>
        (await ProblemAsync(method, path, body)).Code;

    public async Task<Problem> ProblemAsync(HttpMethod method, string path, object? body = null)
    {
        using var response = await RawAsync(method, path, body);
        Assert.False(response.IsSuccessStatusCode, $"{path} was not refused");
        var problem = await response.Content.ReadFromJsonAsync<Problem>(MarketJson.Options);
        Assert.Equal((int)response.StatusCode, problem!.Status);
        return problem;
    }

    public Task<Problem> ProblemAsync(PlaceOrder order) => ProblemAsync(HttpMethod.Post, Routes.Orders, order);

    public Task<string> RefusedAsync(PlaceOrder order) => RefusedAsync(HttpMethod.Post, Routes.Orders, order);

    private string Sign(byte[] digest) =>
        Hex.Encode(_key.SignSchnorr(digest, RandomNumberGenerator.GetBytes(32)).Span);

    public void Dispose()
    {
        _http.Dispose();
        _key.Dispose();
    }
}
