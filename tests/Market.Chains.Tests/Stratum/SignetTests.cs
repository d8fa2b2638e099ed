using System.Net;
using System.Text.Json;
using Market.Bitcoin;
using Market.Chains.Rpc;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>Signets: which one it is, and that a block of this server's miners is one of a signet whose blocks are
/// anybody's.</summary>
public sealed class SignetTests
{
    private const string Anybody = "51";
    private static readonly Script TakesOne = Script.FromHex("5187");

    [Theory]
    [InlineData("512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be43051ae", 0x7ec653a5)]
    [InlineData(Anybody, 0x54d26fbd)]
    public void The_message_start_follows_from_the_challenge(string challenge, uint magic) =>
        Assert.Equal(magic, SignetChallenge.Read(challenge)!.Magic);

    [Fact]
    public void The_public_signet_s_is_the_one_that_its_peers_say()
    {
        Assert.Equal(NetworkProfile.Of(SignetChallenge.NetworkName).Peers!.Magic, SignetChallenge.Public.Magic);
        Assert.False(SignetChallenge.Public.TakesAnybodysBlock);
        Assert.True(SignetChallenge.Read(Anybody)!.TakesAnybodysBlock);
        Assert.False(new SignetChallenge(TakesOne).TakesAnybodysBlock);
        Assert.All(["", "5", "zz", new string('0', 20_002), null], text => Assert.Null(SignetChallenge.Read(text)));
    }

    [Fact]
    public async Task A_block_of_a_miner_here_is_one_where_an_empty_solution_is_enough_and_nowhere_else()
    {
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, clock);
        var template = await node.GetTemplateAsync(Script.P2wsh(Coins.Owner(1)), TestContext.Current.CancellationToken);
        var block = template.ToMainBlock(template.MainHeader);

        Assert.True(SignetSolution.IsGood(block, SignetChallenge.Read(Anybody)!.Script));
        Assert.False(SignetSolution.IsGood(block, SignetChallenge.Public.Script));
        Assert.False(SignetSolution.IsGood(block, TakesOne));
        Assert.True(SignetSolution.IsGood(SignetSolution.With(block, [0x51]), TakesOne));
        Assert.False(SignetSolution.IsGood(SignetSolution.With(block, [0x52]), TakesOne));
    }

    [Fact]
    public async Task A_node_s_signet_is_told_from_the_one_that_is_meant()
    {
        var told = await AskAsync(Anybody);
        Assert.Equal(SignetChallenge.Read(Anybody), told);
        Assert.Null(await AskAsync(null));

        Assert.Null(ChainOpening.WhyNotThisSignet(told, told));
        Assert.Null(ChainOpening.WhyNotThisSignet(SignetChallenge.Public, null));
        Assert.Null(ChainOpening.WhyNotThisSignet(null, told));
        Assert.Contains("--signet-challenge 51", ChainOpening.WhyNotThisSignet(told, null), StringComparison.Ordinal);
        Assert.Contains("names 5187", ChainOpening.WhyNotThisSignet(told, new SignetChallenge(TakesOne)), StringComparison.Ordinal);
        Assert.NotNull(ChainOpening.WhyNotThisSignet(SignetChallenge.Public, told));
    }

    // What is said of a node that answers as Bitcoin Core does on a signet of this challenge.
    private static async Task<SignetChallenge?> AskAsync(string? challenge)
    {
        using var listener = new HttpListener();
        var address = new Uri($"http://127.0.0.1:{NodeHost.FreePort()}/");
        listener.Prefixes.Add(address.ToString());
        listener.Start();
        var serving = ServeAsync(listener, challenge);
        await using (var node = await RpcMainchain.ConnectAsync(
            new RpcOptions { Address = address, NeedsTransactions = false }, TestContext.Current.CancellationToken))
        {
            var told = await node.GetSignetChallengeAsync(TestContext.Current.CancellationToken);
            listener.Stop();
            await serving;
            return told;
        }
    }

    private static async Task ServeAsync(HttpListener listener, string? challenge)
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                using var request = await JsonDocument.ParseAsync(context.Request.InputStream);
                object result = request.RootElement.GetProperty("method").GetString() switch
                {
                    "getblockchaininfo" => new { chain = SignetChallenge.NetworkName, blocks = 1 },
                    "getnetworkinfo" => new { subversion = "/Satoshi:31.0.0/" },
                    "getblocktemplate" => challenge is null ? new { height = 2 } : new { height = 2, signet_challenge = challenge },
                    _ => new { },
                };
                var answer = JsonSerializer.SerializeToUtf8Bytes(new
                {
                    result,
                    error = (object?)null,
                    id = request.RootElement.GetProperty("id"),
                });
                context.Response.ContentType = "application/json";
                await context.Response.OutputStream.WriteAsync(answer);
                context.Response.Close();
            }
            catch (Exception error) when (error is HttpListenerException or InvalidOperationException)
            {
                return;
            }
        }
    }
}
