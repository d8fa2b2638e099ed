using System.Net;
using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains.Mainchain;
using Market.Chains.Rpc;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Rpc;

/// <summary>A node that says "duplicate" has a block; whether its best chain has it is another question.</summary>
public sealed class RpcDuplicateTests
{
    [Theory]
    [InlineData("duplicate", true, SubmitCode.Duplicate)]
    [InlineData("duplicate", false, SubmitCode.SideChain)]
    [InlineData("duplicate-inconclusive", false, SubmitCode.SideChain)]
    [InlineData("duplicate-invalid", true, SubmitCode.Refused)]
    [InlineData(null, true, SubmitCode.Accepted)]
    [InlineData(null, false, SubmitCode.SideChain)]
    public async Task A_block_is_the_best_chain_s_where_the_node_has_it_there(string? reason, bool isBest, SubmitCode expected)
    {
        var genesis = MainParameters.Regtest.Genesis;
        var (one, other) = (Above(genesis, 1), Above(genesis, 2));
        await using var node = new Node(reason, one, isBest ? one : other);
        await using var main = await RpcMainchain.ConnectAsync(
            new RpcOptions { Address = node.Address, Retries = 0, NeedsTransactions = false },
            TestContext.Current.CancellationToken);
        var result = await main.SubmitBlockAsync(one, TestContext.Current.CancellationToken);
        Assert.Equal(expected, result.Code);
    }

    private static Block Above(Block parent, uint nonce) => new(
        parent.Header with { Previous = parent.Id, Nonce = nonce }, parent.Transactions);

    /// <summary>Knows two blocks of height 1, one of them on its best chain.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly string? _reason;
        private readonly Block _best;
        private readonly Dictionary<string, Block> _blocks;
        private readonly Task _serving;

        public Node(string? reason, Block offered, Block best)
        {
            (_reason, _best) = (reason, best);
            _blocks = new[] { offered, best }.DistinctBy(block => block.Id).ToDictionary(block => block.Id.ToString());
            Address = new Uri($"http://127.0.0.1:{NodeHost.FreePort()}/");
            _listener.Prefixes.Add(Address.ToString());
            _listener.Start();
            _serving = Task.Run(ServeAsync);
        }

        public Uri Address { get; }

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _serving;
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    var context = await _listener.GetContextAsync();
                    var request = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.InputStream);
                    var answer = JsonSerializer.SerializeToUtf8Bytes(
                        new { result = Answer(request), error = (string?)null, id = 1 });
                    context.Response.ContentLength64 = answer.Length;
                    await context.Response.OutputStream.WriteAsync(answer);
                    context.Response.Close();
                }
                catch (Exception error) when (error is HttpListenerException or InvalidOperationException)
                {
                    return;
                }
            }
        }

        private object? Answer(JsonElement request) => request.GetProperty("method").GetString() switch
        {
            "getblockchaininfo" => new { chain = "regtest" },
            "getnetworkinfo" => new { subversion = "/Satoshi:27.0.0/" },
            "submitblock" => _reason,
            "getbestblockhash" or "getblockhash" => _best.Id.ToString(),
            "getblockheader" when request.GetProperty("params")[1].GetBoolean() => new { height = 1, mediantime = 1 },
            "getblockheader" => Hex.Encode(_blocks[request.GetProperty("params")[0].GetString()!].Header.ToArray()),
            _ => null,
        };
    }
}
