using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Market.Api.Tests.Host;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Contracts;

namespace Market.Api.Tests.Interface;

public sealed class SignInTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private static readonly PrivateKey Me = PrivateKey.Create(SHA256.HashData("me"u8));
    private static readonly PrivateKey Other = PrivateKey.Create(SHA256.HashData("other"u8));

    private HttpClient Http => fixture.Host.Http;

    [Fact]
    public async Task A_signed_challenge_opens_a_session_until_it_expires()
    {
        var session = await SessionAsync(Me);
        Assert.Equal(KeyOf(Me), (await AccountAsync(session.Token)).Key);
        fixture.Host.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(ProblemCodes.BadToken, await CodeAsync(Bearer(session.Token)));
    }

    [Fact]
    public async Task A_challenge_is_good_for_one_answer()
    {
        var challenge = await ChallengeAsync(Me);
        await SessionAsync(Me, challenge);
        Assert.Equal(ProblemCodes.BadChallenge, await AnswerAsync(Me, challenge, Me));
    }

    [Fact]
    public async Task What_is_signed_for_another_market_is_worth_nothing_here()
    {
        var challenge = await ChallengeAsync(Me);
        Assert.Contains($"\nhost={Http.BaseAddress!.Authority}\n", challenge.Text, StringComparison.Ordinal);
        var elsewhere = new CreateSession
        {
            Key = KeyOf(Me),
            Challenge = challenge.Value,
            Signature = Sign(Me, SignInText.Digest("evil.example", "devnet", KeyOf(Me), challenge.Value)),
        };
        using var refused = await Http.PostAsJsonAsync(Routes.Sessions, elsewhere, MarketJson.Options);
        Assert.Equal(
            ProblemCodes.BadSignature, (await refused.Content.ReadFromJsonAsync<Problem>(MarketJson.Options))!.Code);

        var stamp = fixture.Host.Clock.Now.ToUnixTimeMilliseconds() + 7;
        Assert.Equal(ProblemCodes.BadSignature, await CodeAsync(Signed(Me, stamp, host: "evil.example")));
    }

    [Fact]
    public async Task A_wrong_answer_uses_the_challenge_up()
    {
        var challenge = await ChallengeAsync(Me);
        Assert.Equal(ProblemCodes.BadSignature, await AnswerAsync(Me, challenge, Other));
        Assert.Equal(ProblemCodes.BadChallenge, await AnswerAsync(Me, challenge, Me));
    }

    [Fact]
    public async Task Nobody_answers_anothers_challenge_or_a_late_one()
    {
        Assert.Equal(ProblemCodes.BadChallenge, await AnswerAsync(Other, await ChallengeAsync(Me), Other));
        var late = await ChallengeAsync(Me);
        fixture.Host.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(ProblemCodes.BadChallenge, await AnswerAsync(Me, late, Me));
    }

    [Fact]
    public async Task A_token_that_was_touched_is_refused()
    {
        var token = (await SessionAsync(Me)).Token;
        for (var i = 0; i < token.Length; i += 7)
        {
            var touched = token.ToCharArray();
            touched[i] = touched[i] == 'A' ? 'B' : 'A';
            Assert.Equal(ProblemCodes.BadToken, await CodeAsync(Bearer(new string(touched))));
        }
    }

    [Fact]
    public async Task A_signed_request_is_known_by_its_key_and_good_once()
    {
        var stamp = fixture.Host.Clock.Now.ToUnixTimeMilliseconds();
        using var first = await Http.SendAsync(Signed(Me, stamp));
        Assert.Equal(KeyOf(Me), (await first.Content.ReadFromJsonAsync<Account>(MarketJson.Options))!.Key);
        Assert.Equal(ProblemCodes.Replayed, await CodeAsync(Signed(Me, stamp)));
        // Another key may say the same in the same millisecond, and the same key in the next.
        Assert.Equal(System.Net.HttpStatusCode.OK, (await Http.SendAsync(Signed(Other, stamp))).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await Http.SendAsync(Signed(Me, stamp + 1))).StatusCode);
    }

    [Theory]
    [InlineData(-31_000)]
    [InlineData(31_000)]
    [InlineData(-3_600_000)]
    public async Task A_signed_request_whose_clock_is_off_is_refused(long skew) =>
        Assert.Equal(ProblemCodes.ClockSkew,
            await CodeAsync(Signed(Me, fixture.Host.Clock.Now.ToUnixTimeMilliseconds() + skew)));

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("-5")]
    [InlineData("99999999999999999999")]
    public async Task A_timestamp_that_is_none_is_refused(string timestamp)
    {
        using var request = Signed(Me, fixture.Host.Clock.Now.ToUnixTimeMilliseconds());
        request.Headers.Remove(SignedRequest.TimestampHeader);
        request.Headers.TryAddWithoutValidation(SignedRequest.TimestampHeader, timestamp);
        Assert.Equal(ProblemCodes.ClockSkew, await CodeAsync(request));
    }

    [Fact]
    public async Task A_signature_covers_key_method_path_query_and_body()
    {
        var stamp = fixture.Host.Clock.Now.ToUnixTimeMilliseconds();
        using var otherKey = Signed(Me, stamp + 10);
        otherKey.Headers.Remove(SignedRequest.KeyHeader);
        otherKey.Headers.Add(SignedRequest.KeyHeader, KeyOf(Other));
        Assert.Equal(ProblemCodes.BadSignature, await CodeAsync(otherKey));

        using var otherPath = Signed(Me, stamp + 11);
        otherPath.RequestUri = new Uri(fixture.Host.Address, Routes.Orders);
        Assert.Equal(ProblemCodes.BadSignature, await CodeAsync(otherPath));

        using var otherQuery = Signed(Me, stamp + 12);
        otherQuery.RequestUri = new Uri(fixture.Host.Address, Routes.Account + "?a=1");
        Assert.Equal(ProblemCodes.BadSignature, await CodeAsync(otherQuery));

        using var otherBody = Signed(Me, stamp + 13, HttpMethod.Post, Routes.CancelAll, "{}");
        otherBody.Content = new StringContent("{\"side\":\"buy\"}", Encoding.UTF8, "application/json");
        Assert.Equal(ProblemCodes.BadSignature, await CodeAsync(otherBody));

        using var whole = Signed(Me, stamp + 14, HttpMethod.Post, Routes.CancelAll, "{}");
        Assert.Equal(System.Net.HttpStatusCode.OK, (await Http.SendAsync(whole)).StatusCode);
    }

    private static string KeyOf(PrivateKey key) => Hex.Encode(key.PublicKey.XOnly.Span);

    private static string Sign(PrivateKey key, byte[] digest) =>
        Hex.Encode(key.SignSchnorr(digest, RandomNumberGenerator.GetBytes(32)).Span);

    private HttpRequestMessage Signed(
        PrivateKey key, long stamp, HttpMethod? method = null, string path = Routes.Account, string? body = null,
        string? host = null)
    {
        method ??= HttpMethod.Get;
        var timestamp = DecimalStrings.Format(stamp);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body ?? "")));
        var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add(SignedRequest.KeyHeader, KeyOf(key));
        request.Headers.Add(SignedRequest.TimestampHeader, timestamp);
        request.Headers.Add(SignedRequest.SignatureHeader,
            Sign(key, SignedRequest.Digest(host ?? Http.BaseAddress!.Authority, method.Method, path, "", timestamp, hash)));
        return request;
    }

    private static HttpRequestMessage Bearer(string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Routes.Account);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        return request;
    }

    private async Task<string> CodeAsync(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request);
        return (await response.Content.ReadFromJsonAsync<Problem>(MarketJson.Options))!.Code;
    }

    private async Task<Challenge> ChallengeAsync(PrivateKey key)
    {
        using var response = await Http.PostAsJsonAsync(
            Routes.Challenges, new CreateChallenge { Key = KeyOf(key) }, MarketJson.Options);
        return (await response.Content.ReadFromJsonAsync<Challenge>(MarketJson.Options))!;
    }

    private CreateSession Answer(PrivateKey key, Challenge challenge, PrivateKey signer) => new()
    {
        Key = KeyOf(key),
        Challenge = challenge.Value,
        Signature = Sign(signer, SignInText.Digest(Http.BaseAddress!.Authority, "devnet", KeyOf(key), challenge.Value)),
    };

    private async Task<string> AnswerAsync(PrivateKey key, Challenge challenge, PrivateKey signer)
    {
        using var response = await Http.PostAsJsonAsync(
            Routes.Sessions, Answer(key, challenge, signer), MarketJson.Options);
        return (await response.Content.ReadFromJsonAsync<Problem>(MarketJson.Options))!.Code;
    }

    private async Task<Session> SessionAsync(PrivateKey key, Challenge? challenge = null)
    {
        challenge ??= await ChallengeAsync(key);
        using var response = await Http.PostAsJsonAsync(Routes.Sessions, Answer(key, challenge, key), MarketJson.Options);
        Assert.Equal(System.Net.HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<Session>(MarketJson.Options))!;
    }

    private async Task<Account> AccountAsync(string token)
    {
        using var response = await Http.SendAsync(Bearer(token));
        return (await response.Content.ReadFromJsonAsync<Account>(MarketJson.Options))!;
    }
}
