using System.Collections.Concurrent;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Storage;

namespace Market.Testing.Chains;

/// <summary>Devnet mainchains whose first blocks are mined once in a process: on each of them is 2^18 hashes of work.</summary>
public static class Premined
{
    private static readonly ConcurrentDictionary<(Script, int, DateTimeOffset), Lazy<Task<ImmutableArray<Block>>>> Mined = new();

    /// <summary>A chain of its own in memory that begins as its options say.</summary>
    public static async Task<EmbeddedMainchain> OpenAsync(EmbeddedMainchainOptions options, TimeProvider clock)
    {
        var blocks = await Mined.GetOrAdd(
            (options.TreasuryScript, options.PremineBlocks, clock.GetUtcNow()),
            _ => new Lazy<Task<ImmutableArray<Block>>>(() => MineAsync(options, clock))).Value;
        var chain = await EmbeddedMainchain.OpenAsync(
            options with { PremineBlocks = 0 }, InterpreterRules.Consensus, new MemoryBlockStore(), clock);
        foreach (var block in blocks)
        {
            var result = await chain.SubmitBlockAsync(block);
            Assert.True(result.IsSuccess, result.Detail);
        }

        return chain;
    }

    private static async Task<ImmutableArray<Block>> MineAsync(EmbeddedMainchainOptions options, TimeProvider clock)
    {
        await using var chain = await EmbeddedMainchain.OpenAsync(
            options, InterpreterRules.Consensus, new MemoryBlockStore(), clock);
        var blocks = ImmutableArray.CreateBuilder<Block>(options.PremineBlocks);
        for (var height = 1; height <= options.PremineBlocks; height++)
        {
            blocks.Add((await chain.GetFullBlockAsync((await chain.GetHeaderAsync(height))!.Header.Id))!);
        }

        return blocks.MoveToImmutable();
    }
}
