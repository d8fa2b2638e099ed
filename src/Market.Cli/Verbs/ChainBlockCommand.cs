using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains;
using Market.Cli.Common;
using Market.Contracts;
using Market.Sharechain;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market chain block`: one block of either chain.</summary>
internal static class ChainBlockCommand
{
    // Blocks may have come since the tip was asked for.
    private const int MostAhead = 100;

    private static readonly Argument<string> Block = new("HEIGHT-OR-ID")
    {
        Description = "Its height on the best chain, or its id on any branch",
    };

    private static readonly Option<ChainName?> OnChain = new("--chain")
    {
        Description = "sharechain or mainchain; where not given a height is the sharechain's, and an id is looked for on both",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("block", "Show a block of either chain; of a share block whom it pays")
        {
            Block, OnChain, CommonOptions.Server, ChainLook.Sharechain,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var name = arguments.GetValue(Block)!;
        var isId = Hash256.TryParse(name, out var id);
        var height = -1;
        if (!isId && !int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out height))
        {
            throw new CliException("bad-block", $"\"{name}\" is no block: give a height, or an id of 64 hexadecimal digits.");
        }

        using var look = await ChainLook.OpenAsync(arguments, cancellation);
        ImmutableArray<ChainKind> chains = arguments.GetValue(OnChain) switch
        {
            ChainName.Mainchain => [ChainKind.Mainchain],
            ChainName.Sharechain => [ChainKind.Sharechain],
            _ => isId ? [ChainKind.Sharechain, ChainKind.Mainchain] : [ChainKind.Sharechain],
        };
        foreach (var chain in chains)
        {
            if (await look.Node.FindBlockAsync(chain, name, cancellation) is not { } bytes)
            {
                continue;
            }

            var seen = chain == ChainKind.Mainchain ? OfMain(look, bytes, isId ? null : height) : OfShare(look, bytes);
            if (isId ? seen.Id != id : seen.Height != height)
            {
                throw ChainLook.Contradicts("another block came than the one that was asked for");
            }

            seen = seen with { IsActive = !isId || await IsActiveAsync(look, seen, cancellation) };
            Output.Of(arguments).Result(Plain(look, seen), console => Draw(console, look, seen));
            return 0;
        }

        throw new CliException("unknown-block", $"The node knows no block \"{name}\".");
    }

    private static async Task<bool> IsActiveAsync(ChainLook look, SeenBlock seen, CancellationToken cancellation) =>
        await look.Node.FindBlockAsync(seen.Chain, seen.Height.ToString(CultureInfo.InvariantCulture), cancellation) is { } there
        && (seen.Chain == ChainKind.Mainchain ? OfMain(look, there, seen.Height) : OfShare(look, there)).Id == seen.Id;

    private static SeenBlock OfMain(ChainLook look, byte[] bytes, int? asked)
    {
        if (!Bitcoin.Block.TryParse(bytes, out var block, out _) || block.Transactions is not [{ IsCoinbase: true } coinbase, ..])
        {
            throw ChainLook.Contradicts("its bytes are no block");
        }

        if (LedgerMerkle.Root(block.Transactions, out var mutated) != block.Header.MerkleRoot || mutated)
        {
            throw ChainLook.Contradicts("its transactions are not those that its header names");
        }

        // Since BIP34 a coinbase begins with its height; what an older one begins with may be any number.
        var height = asked ?? CoinbaseHeight.Read(coinbase.Inputs[0].ScriptSig);
        if (height is null || (asked is null && (block.Header.Version < 2 || height > look.MainTip.Height + MostAhead)))
        {
            throw new CliException(
                "no-height", $"Block {block.Id} is from before coinbases named their heights (BIP34): ask for it by its height.");
        }

        return new SeenBlock(
            ChainKind.Mainchain, block.Id.Value, height.Value, block.Header.Previous.Value, block.Header.Time, block.Header.Bits,
            bytes.Length, block.Transactions);
    }

    private static SeenBlock OfShare(ChainLook look, byte[] bytes)
    {
        if (!ShareBlock.TryParse(bytes, out var share, out _)
            || ShareChecks.CheckIdentity(share, look.Profile) != ShareRefusal.None)
        {
            throw ChainLook.Contradicts("its bytes are no share block of this chain, or not the work that it names");
        }

        return new SeenBlock(
            ChainKind.Sharechain, share.Id.Value, (int)share.Header.Height, share.Header.Parent.Value, share.Header.Time,
            share.Header.Bits, bytes.Length, share.Transactions)
        {
            Share = share,
        };
    }

    private static object Plain(ChainLook look, SeenBlock seen) => new
    {
        chain = ChainLook.NameOf(seen.Chain),
        height = seen.Height,
        id = seen.Id.ToString(),
        parent = seen.Parent.ToString(),
        time = DateTimeOffset.FromUnixTimeSeconds(seen.Time),
        active = seen.IsActive,
        confirmations = Confirmations(look, seen),
        bits = seen.Bits.ToString(),
        work = seen.Bits.Work().ToDouble(),
        size = seen.Size,
        paysFirst = look.Payee(seen.Chain, seen.Transactions[0].Outputs[0].ScriptPubKey),
        coinbaseValue = seen.Transactions[0].Outputs.Sum(output => output.Value.Sats),
        transactions = seen.Transactions.Select(transaction => transaction.Id.ToString()),
        share = seen.Share is not { } share ? null : new
        {
            mainHeader = share.Proof.MainHeader.Id.ToString(),
            buildsOn = share.Proof.MainHeader.Previous.ToString(),
            isMainBlock = share.Proof.MainHeader.MeetsOwnTarget,
            named = share.Named.Select(named => named.Id.ToString()),
            pays = Pays(share).Select(output => new
            {
                address = look.Payee(ChainKind.Mainchain, output.ScriptPubKey),
                sats = output.Value.Sats,
            }),
        },
    };

    private static void Draw(IAnsiConsole console, ChainLook look, SeenBlock seen)
    {
        var isShare = seen.Share is not null;
        var minted = seen.Transactions[0].Outputs.Sum(output => output.Value.Sats);
        console.WriteLine($"{(isShare ? "Share block" : "Block")} #{Figures.Sats(seen.Height)}  {seen.Id}");
        if (!seen.IsActive)
        {
            console.WriteLine("Not in the active chain: another one with more work took its place.");
        }

        console.WriteLine($"parent         {seen.Parent}");
        console.WriteLine($"time           {Figures.Time(DateTimeOffset.FromUnixTimeSeconds(seen.Time))}");
        console.WriteLine($"confirmations  {Figures.Sats(Confirmations(look, seen))}");
        console.WriteLine($"work expected  {seen.Bits.Work().ToDouble().ToString("N0", CultureInfo.InvariantCulture)} hashes at "
            + $"bits {seen.Bits}");
        var payee = look.Payee(seen.Chain, seen.Transactions[0].Outputs[0].ScriptPubKey);
        console.WriteLine($"{(isShare ? "mined by      " : "pays first    ")} {payee}");
        console.WriteLine($"{(isShare ? "sharebase     " : "coinbase      ")} "
            + $"{(isShare ? InWords.Shares(new Quantity(minted)) : InWords.Sats(minted))} in all"
            + (seen.Share is { Named.IsEmpty: false } ? ", makers of the named shares included" : ""));
        if (seen.Share is { } share)
        {
            DrawShare(console, look, share);
        }

        console.WriteLine($"transactions   {Figures.Sats(seen.Transactions.Length)}, {Figures.Sats(seen.Size)} B");
        foreach (var transaction in seen.Transactions)
        {
            console.WriteLine($"  {transaction.Id}");
        }
    }

    private static void DrawShare(IAnsiConsole console, ChainLook look, ShareBlock share)
    {
        var header = share.Proof.MainHeader;
        console.WriteLine($"builds on      Bitcoin block {header.Previous}");
        console.WriteLine(header.MeetsOwnTarget
            ? $"became         Bitcoin block {header.Id}, unless it lost its race there"
            : "became         no Bitcoin block: nothing was paid");
        foreach (var output in Pays(share))
        {
            console.WriteLine($"{(header.MeetsOwnTarget ? "pays           " : "would have paid")} "
                + $"{look.Payee(ChainKind.Mainchain, output.ScriptPubKey)} {InWords.Sats(output.Value.Sats)}");
        }

        foreach (var named in share.Named)
        {
            console.WriteLine($"names          {named.Id}");
        }
    }

    private static IEnumerable<TxOut> Pays(ShareBlock share) =>
        share.Proof.MainCoinbase.Outputs.Where(output => output.Value != Amount.Zero);

    private static int Confirmations(ChainLook look, SeenBlock seen) =>
        seen.IsActive ? Math.Max(1, look.TipOf(seen.Chain).Height - seen.Height + 1) : 0;

    private sealed record SeenBlock(
        ChainKind Chain, Hash256 Id, int Height, Hash256 Parent, uint Time, CompactTarget Bits, int Size,
        ImmutableArray<Transaction> Transactions)
    {
        public bool IsActive { get; init; }

        public ShareBlock? Share { get; init; }
    }
}
