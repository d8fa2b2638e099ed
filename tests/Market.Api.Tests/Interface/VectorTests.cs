using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Wallet;
using Market.Client.Keys;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Sharechain;
using Market.Standing;
using Market.Testing;

namespace Market.Api.Tests.Interface;

/// <summary>The test vectors of docs/vectors, each worked out anew: what is signed, by whom, and what comes of it.</summary>
public sealed partial class VectorTests
{
    // Not signed for the market: what encrypts a seed's file is bound to its own head.
    private const string OfSeedFiles = "market/seed/";

    private static readonly byte[] NoEntropy = new byte[32];

    public static TheoryData<string> Files => [.. Makers.Keys];

    private static Dictionary<string, Func<JsonObject, JsonObject>> Makers { get; } = new()
    {
        ["sign-in.json"] = SignIn,
        ["requests.json"] = Request,
        ["api-keys.json"] = ApiKey,
        ["orders.json"] = Order,
        ["outpoints.json"] = Outpoints,
        ["swap-keys.json"] = SwapKeys,
        ["tickets.json"] = Ticket,
        ["directory.json"] = Directory,
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_vector_is_what_its_inputs_give(string file)
    {
        var cases = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder(), file)))!["cases"]!.AsArray();
        Assert.NotEmpty(cases);
        foreach (var one in cases.Select(c => c!.AsObject()))
        {
            var made = Makers[file](one["given"]!.DeepClone().AsObject());
            Assert.Equal(Text(made), Text(one["gives"]!));
        }
    }

    [Fact]
    public void No_file_is_without_its_test() => Assert.Equal(
        Makers.Keys.Order(), System.IO.Directory.GetFiles(Folder(), "*.json").Select(path => Path.GetFileName(path)).Order());

    [Fact]
    public void Each_text_that_the_product_signs_and_each_tag_that_it_hashes_under_has_a_vector()
    {
        var vectors = string.Concat(Makers.Keys.Select(file => File.ReadAllText(Path.Combine(Folder(), file))));
        var source = Path.Combine(Vectors.RepositoryRoot, "src");
        var texts = System.IO.Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("obj", StringComparison.Ordinal))
            .SelectMany(path => Signed().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value))
            .Where(text => !OfSeedFiles.StartsWith(text, StringComparison.Ordinal)).ToHashSet();
        Assert.Contains(SignInText.Tag + "/v2", texts);
        Assert.Contains(SignedRequest.Tag + "/v2", texts);
        Assert.Contains("market/order/v1", texts);
        Assert.All(texts, text => Assert.Contains(text, vectors, StringComparison.Ordinal));
    }

    private static JsonObject SignIn(JsonObject given)
    {
        using var key = KeyOf(given);
        var account = key.PublicKey.XOnly.ToString();
        var (host, network, challenge) = (Of(given, "host"), Of(given, "network"), Of(given, "challenge"));
        var digest = SignInText.Digest(host, network, account, challenge);
        Assert.Equal(TaggedText.Hash(SignInText.Tag, SignInText.Of(host, network, account, challenge)), digest);
        return Signature(key, digest, new JsonObject
        {
            ["key"] = account,
            ["tag"] = SignInText.Tag,
            ["text"] = SignInText.Of(host, network, account, challenge),
        });
    }

    private static JsonObject Request(JsonObject given)
    {
        using var key = KeyOf(given);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Of(given, "body"))));
        var text = SignedRequest.Text(
            Of(given, "host"), Of(given, "method"), Of(given, "path"), Of(given, "query"), Of(given, "timestamp"), hash);
        return Signature(key, TaggedText.Hash(SignedRequest.Tag, text), new JsonObject
        {
            ["key"] = key.PublicKey.XOnly.ToString(),
            ["bodyHash"] = hash,
            ["tag"] = SignedRequest.Tag,
            ["text"] = text,
        });
    }

    private static JsonObject ApiKey(JsonObject given)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Of(given, "body"))));
        var text = SignedRequest.Text(
            Of(given, "host"), Of(given, "method"), Of(given, "path"), Of(given, "query"), Of(given, "timestamp"), hash);
        if (Of(given, "path") == Streams.HubPath)
            Assert.Equal(ApiKeyRequest.HubText(Of(given, "host"), Of(given, "timestamp")), text);
        return new JsonObject
        {
            ["bodyHash"] = hash,
            ["text"] = text,
            ["signature"] = Convert.ToHexStringLower(ApiKeyRequest.Code(Of(given, "secret"), text)),
        };
    }

    private static JsonObject Order(JsonObject given)
    {
        using var key = KeyOf(given);
        var order = given["order"].Deserialize<PlaceOrder>(MarketJson.Strict)!;
        return CoinProof(given, key, OrderText.Of(Of(given, "network"), key.PublicKey.XOnly.ToString(), order));
    }

    private static JsonObject Outpoints(JsonObject given)
    {
        using var key = KeyOf(given);
        var proofs = given["outpoints"].Deserialize<ProveOutpoints>(MarketJson.Strict)!;
        return CoinProof(given, key, OutpointsText.Of(Of(given, "network"), key.PublicKey.XOnly.ToString(), proofs));
    }

    private static JsonObject CoinProof(JsonObject given, PrivateKey key, string text)
    {
        using var coin = PrivateKey.Create(Hex.Decode(Of(given, "coinSecretKey")));
        var script = Of(given, "coinScript") == "p2tr"
            ? Script.P2tr(Taproot.OutputPrivateKey(coin, null).PublicKey.XOnly)
            : Script.P2wpkh(coin.PublicKey);
        var message = Encoding.UTF8.GetBytes(text);
        var signature = Bip322.Sign(message, script, coin);
        Assert.True(Bip322.Verify(message, script, signature).IsValid);
        return new JsonObject
        {
            ["account"] = key.PublicKey.XOnly.ToString(),
            ["text"] = text,
            ["messageHash"] = Hex.Encode(Bip322.MessageHash(message).ToArray()),
            ["coinScript"] = script.ToString(),
            ["proof"] = signature,
        };
    }

    private static JsonObject SwapKeys(JsonObject given)
    {
        Assert.True(Mnemonic.TryParse(Of(given, "words"), out var words, out _));
        using var seed = new Seed(words);
        using var keys = new WalletKeys(seed, Of(given, "network"));
        var number = (uint)given["swap"]!;
        var (claim, refund) = keys.SwapPublicKeys(number);
        using var preimage = keys.SwapPreimage(number);
        return new JsonObject
        {
            ["account"] = keys.Account,
            ["claimKey"] = claim.ToString(),
            ["refundKey"] = refund.ToString(),
            ["preimageTag"] = "market/preimage",
            ["paymentHash"] = preimage.Hash.ToString(),
        };
    }

    private static JsonObject Ticket(JsonObject given)
    {
        var binding = new TicketBinding(
            Of(given, "host"), new Hash256(Hex.Decode(Of(given, "account"))), new Hash256(Hex.Decode(Of(given, "bodyHash"))));
        return new JsonObject
        {
            ["tag"] = "market/ticket",
            ["password"] = Hex.Encode(new MemoryTicket(
                binding, new Hash256(Hex.Decode(Of(given, "seed"))), (int)given["difficulty"]!).Password),
            ["extraNonce"] = new WorkTicket(binding, (int)given["parts"]!, (ulong)given["salt"]!).ExtraNonce,
        };
    }

    private static JsonObject Directory(JsonObject given)
    {
        using var key = KeyOf(given);
        var genesis = SharechainProfile.Find(Of(given, "sharechain"))!.GenesisId;
        var announced = new MarketAnnouncement(
            new Hash256(Hex.Decode(key.PublicKey.XOnly.ToString())), new Hash256(Hex.Decode(Of(given, "market"))),
            (uint)given["number"]!, (int)given["until"]!, Of(given, "address"), Of(given, "terms"), default);
        var digest = announced.Digest(genesis);
        var signature = key.SignSchnorr(digest, NoEntropy);
        var signed = announced with { Signature = Hex.Decode(signature.ToString()) };
        Assert.True(signed.IsSigned(genesis));
        return new JsonObject
        {
            ["authority"] = key.PublicKey.XOnly.ToString(),
            ["tag"] = "market/directory",
            ["genesis"] = genesis.ToString(),
            ["digest"] = Convert.ToHexStringLower(digest),
            ["signature"] = signature.ToString(),
            ["script"] = signed.ToOutput().ScriptPubKey.ToString(),
        };
    }

    private static JsonObject Signature(PrivateKey key, byte[] digest, JsonObject made)
    {
        made["digest"] = Convert.ToHexStringLower(digest);
        made["signature"] = key.SignSchnorr(digest, NoEntropy).ToString();
        return made;
    }

    private static PrivateKey KeyOf(JsonObject given) => PrivateKey.Create(Hex.Decode(Of(given, "secretKey")));

    private static string Of(JsonObject given, string name) => (string)given[name]!;

    private static string Text(JsonNode node) => node.ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    private static string Folder() => Path.Combine(Vectors.RepositoryRoot, "docs", "vectors");

    [GeneratedRegex("(?:@|\\$)?\"(market/[a-z-]+(?:/v[0-9]+)?)")]
    private static partial Regex Signed();
}
