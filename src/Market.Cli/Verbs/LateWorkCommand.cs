using System.CommandLine;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Chains.Http;
using Market.Cli.Common;
using Market.Contracts;
using Market.Sharechain;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market chain late-work register`: a Bitcoin block that lost its race becomes an authority on the sharechain.</summary>
internal static class LateWorkCommand
{
    // A block in hexadecimal, and the end of a line.
    private const int LongestFile = 2 * NodeHttpService.LargestBody + 2;
    private const int FeeTarget = 2;

    private static readonly Option<string?> BlockFile = new("--block")
    {
        Description = "A file with the whole block that lost, its bytes or their hexadecimal digits",
    };

    private static readonly Option<string?> Header = new("--header")
    {
        Description = "In place of --block: its header, 160 hexadecimal digits",
    };

    private static readonly Option<string?> Coinbase = new("--coinbase")
    {
        Description = "With --header: its coinbase in hexadecimal",
    };

    private static readonly Option<string?> Branch = new("--branch")
    {
        Description = "With --header: the hashes that lead from the coinbase to the merkle root, its neighbour first, each as 64 "
            + "hexadecimal digits in the order of bytes, with commas between; none where the coinbase is all",
    };

    private static readonly Option<bool> Carry = new("--carry")
    {
        Description = "In place of a transaction: have the node at --server carry it in the sharebases of the share blocks that "
            + "its miners find. It costs nothing and needs no wallet; on p2pool and p2share-join there is no other way",
    };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Send without asking" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var register = new Command(
            "register", "Register a Bitcoin block that lost its race: says whether the rules would, what it costs, and asks")
        {
            BlockFile, Header, Coinbase, Branch, Carry, ChainLook.Sharechain, Yes, CommonOptions.Server, CommonOptions.Wallet,
            CommonOptions.Mainchain, CommonOptions.Peers, CommonOptions.Shares, CommonOptions.TrustServer, CommonOptions.Filters,
        };
        register.SetAction(RegisterAsync);
        return new Command("late-work", "Bitcoin blocks that lost their race") { register };
    }

    private static async Task<int> RegisterAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var late = Read(arguments);
        if (arguments.GetValue(Carry))
        {
            return await CarryAsync(late, arguments, output, cancellation);
        }

        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        var rule = session.Sharechain.Profile.Late
            ?? throw new CliException("no-late-work", $"Late work is not registered on {session.Sharechain.Name}.");
        var standing = await session.Sharechain.CheckLateAsync(late, cancellation);
        if (WhyNot(standing, rule) is { } refusal)
        {
            throw refusal;
        }

        var work = standing.Work!;
        var rate = await session.Sharechain.EstimateFeeAsync(FeeTarget, cancellation);
        var paid = await session.Wallet.BuildAsync(ChainKind.Sharechain, late.ToOutputs(), rate, cancellation: cancellation);
        var (from, to) = (Figures.Sats(work.MainHeight + rule.Race), Figures.Sats(work.MainHeight + rule.Window));
        output.Progress(
            $"Bitcoin block {work.Block} of height {Figures.Sats(work.MainHeight)} lost its race. A share block on a Bitcoin "
            + $"block from #{from} to #{to} can register it; the newest is #{Figures.Sats(standing.From)}. Key "
            + $"{work.Key.ToDigits()} is an authority then until #{Figures.Sats(work.MainHeight + rule.Term)}. The transaction of "
            + $"{Figures.Sats(paid.Transaction.VirtualSize)} vB costs {InWords.Shares(new Quantity(paid.Fee.Sats))}.");
        Confirmation.Ask(arguments.GetValue(Yes), "Send it?", "Nothing was sent");
        await session.Sharechain.SendAsync(paid.Transaction, cancellation);

        output.Result(
            new
            {
                transaction = paid.Transaction.Id.ToString(),
                block = work.Block.ToString(),
                height = work.MainHeight,
                key = work.Key.ToDigits(),
                until = work.MainHeight + rule.Term,
                fee = paid.Fee.Sats,
                vsize = paid.Transaction.VirtualSize,
            },
            console => console.WriteLine(
                $"Sent: {paid.Transaction.Id}. The share block that takes it in registers it, if it stands on a Bitcoin block up "
                + $"to #{to} and nobody registered it before."));
        return 0;
    }

    private static async Task<int> CarryAsync(
        LateRegistration late, ParseResult arguments, Output output, CancellationToken cancellation)
    {
        using var look = await ChainLook.OpenAsync(arguments, cancellation);
        var rule = look.Profile.Late
            ?? throw new CliException("no-late-work", $"Late work is not registered on {look.Profile.Name}.");
        var told = await look.Node.CarryLateAsync(late, cancellation);
        var standing = new LateStanding(told.Refusal ?? LateRefusal.None, null, told.Height, told.From, told.IsRegistered);
        if (WhyNot(standing, rule) is { } refusal)
        {
            throw refusal;
        }

        output.Result(
            new { block = told.Block, height = told.Height, carried = told.IsCarried, until = told.Height + rule.Window },
            console => console.WriteLine(
                $"The node carries it: the next share block that one of its miners finds registers Bitcoin block {told.Block}, "
                + $"if it stands on a Bitcoin block up to #{Figures.Sats(told.Height!.Value + rule.Window)}."));
        return 0;
    }

    // The order of bytes, as keys are written; ids are printed backwards.
    private static string ToDigits(this Hash256 key) => Hex.Encode(key.ToArray());

    /// <summary>Why it would not be registered, in words; null where it would.</summary>
    /// <param name="standing">How it stands.</param>
    /// <param name="rule">The row's rule.</param>
    internal static CliException? WhyNot(LateStanding standing, LateRule rule)
    {
        ArgumentNullException.ThrowIfNull(standing);
        if (standing.IsRegistered)
        {
            return new CliException("late-registered", "The block is registered already; it is not a second time.");
        }

        var why = standing.Refusal switch
        {
            LateRefusal.None => null,
            LateRefusal.Coinbase => "its coinbase is none, does not lead to its header's merkle root, or does not begin with a "
                + $"height (BIP34) near Bitcoin's newest, #{Figures.Sats(standing.From)}",
            LateRefusal.Key => "its coinbase names no key, several, or one that nobody can sign with: OP_RETURN \"plw1\" and its "
                + "32 bytes",
            LateRefusal.TooEarly => $"its race may not be over. It can be registered from Bitcoin block "
                + $"#{Figures.Sats(standing.Height!.Value + rule.Race)} on; the newest is #{Figures.Sats(standing.From)}",
            LateRefusal.TooLate => $"it could be registered up to Bitcoin block "
                + $"#{Figures.Sats(standing.Height!.Value + rule.Window)} only; the newest is #{Figures.Sats(standing.From)}",
            LateRefusal.Parent => "its parent is not Bitcoin's block below its height",
            LateRefusal.Winner => "it did not lose: it is Bitcoin's block at its height",
            LateRefusal.Bits => "its bits are not what Bitcoin required at its height",
            LateRefusal.Work => "its hash is above the target that it has to meet",
            LateRefusal.Unknown => "Bitcoin's blocks at its height are not known here yet: try again when they are",
            _ => throw new InvalidOperationException($"{standing.Refusal} has no words."),
        };
        return why is null
            ? null
            : new CliException(
                $"late-{Kebab(standing.Refusal)}", $"Nothing was sent: the block would not be registered, since {why}.");
    }

    private static string Kebab(LateRefusal refusal) =>
        string.Concat(refusal.ToString().Select((letter, at) => char.IsUpper(letter) && at > 0 ? $"-{letter}" : $"{letter}"))
            .ToLowerInvariant();

    private static LateRegistration Read(ParseResult arguments)
    {
        var (file, header, coinbase) = (arguments.GetValue(BlockFile), arguments.GetValue(Header), arguments.GetValue(Coinbase));
        return (file, header, coinbase) switch
        {
            ({ } path, null, null) when arguments.GetValue(Branch) is null => OfFile(path),
            (null, { } hex, { } first) => OfParts(hex, first, arguments.GetValue(Branch) ?? ""),
            _ => throw new CliException("bad-late-work", "Give the block: --block FILE, or --header, --coinbase and --branch."),
        };
    }

    private static LateRegistration OfFile(string path)
    {
        if (new FileInfo(path).Length > LongestFile)
        {
            throw new CliException("bad-late-work", $"{path} is too large for a block.");
        }

        var bytes = File.ReadAllBytes(path);
        var digits = System.Text.Encoding.ASCII.GetString(bytes).Trim();
        bytes = Hex.TryDecode(digits, out var decoded) ? decoded : bytes;
        return Block.TryParse(bytes, out var block, out var error) && !block.Transactions.IsEmpty
            ? LateRegistration.Of(block)
            : throw new CliException("bad-late-work", $"{path} is no Bitcoin block: {error}.");
    }

    private static LateRegistration OfParts(string header, string coinbase, string branch)
    {
        var hashes = branch.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => Hex.TryDecode(text, out var hash) && hash.Length == Hash256.Length
                ? new Hash256(hash)
                : throw new CliException("bad-late-work", $"--branch: \"{text}\" is no hash of 64 hexadecimal digits."))
            .ToList();
        if (hashes.Count > WorkProof.MostBranch)
        {
            throw new CliException("bad-late-work", $"--branch takes {WorkProof.MostBranch} hashes at most.");
        }

        if (!Hex.TryDecode(header, out var first) || !BlockHeader.TryParse(first, out var parsed))
        {
            throw new CliException("bad-late-work", "--header is no Bitcoin header: 160 hexadecimal digits.");
        }

        // With its witness or without: what is registered has none.
        return Hex.TryDecode(coinbase, out var bytes) && Transaction.TryParse(bytes, out var transaction, out _)
            ? LateRegistration.Of(new Block(parsed, [transaction])) with { Branch = [.. hashes] }
            : throw new CliException("bad-late-work", "--coinbase is no transaction in hexadecimal.");
    }
}
