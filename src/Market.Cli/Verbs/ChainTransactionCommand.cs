using System.CommandLine;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Cli.Common;
using Market.Contracts;
using Market.Sharechain;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market chain tx`: one transaction of either chain.</summary>
internal static class ChainTransactionCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "The transaction's id, 64 hexadecimal digits" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("tx", "Show a transaction of either chain, in a block or not yet")
        {
            Id, CommonOptions.Server, ChainLook.Sharechain,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var text = arguments.GetValue(Id)!;
        if (!TxId.TryParse(text, out var id))
        {
            throw new CliException("bad-transaction", $"\"{text}\" is no transaction's id: it has 64 hexadecimal digits.");
        }

        using var look = await ChainLook.OpenAsync(arguments, cancellation);
        foreach (var chain in (ChainKind[])[ChainKind.Sharechain, ChainKind.Mainchain])
        {
            if (await look.Node.FindTransactionAsync(chain, id, cancellation) is { } found)
            {
                var transaction = Market.Bitcoin.Encoding.Hex.TryDecode(found.Hex, out var bytes)
                    && Transaction.TryParse(bytes, out var parsed, out _) && parsed.Id == id
                        ? parsed
                        : throw ChainLook.Contradicts("another transaction came than the one that was asked for");
                Output.Of(arguments).Result(
                    Plain(look, chain, found, transaction), console => Draw(console, look, chain, found, transaction));
                return 0;
            }
        }

        throw new CliException("unknown-transaction", $"The node knows no transaction {id}, on either chain.");
    }

    private static object Plain(ChainLook look, ChainKind chain, TransactionPayload found, Transaction transaction) => new
    {
        chain = ChainLook.NameOf(chain),
        id = transaction.Id.ToString(),
        block = found.Block,
        height = found.Height,
        confirmations = found.Confirmations,
        vsize = transaction.VirtualSize,
        locktime = transaction.LockTime,
        inputs = transaction.Inputs.Select(input => new
        {
            outpoint = input.PreviousOutput.IsNull ? null : input.PreviousOutput.ToString(),
            sequence = input.Sequence,
        }),
        outputs = transaction.Outputs.Select(output => new
        {
            value = output.Value.Sats,
            script = output.ScriptPubKey.ToString(),
            payee = look.Payee(chain, output.ScriptPubKey),
        }),
        lateWork = Late(chain, transaction).Select(late => late.Header.Id.ToString()),
        hex = found.Hex,
    };

    private static void Draw(
        IAnsiConsole console, ChainLook look, ChainKind chain, TransactionPayload found, Transaction transaction)
    {
        var isShares = chain == ChainKind.Sharechain;
        console.WriteLine($"Transaction {transaction.Id} of the {(isShares ? "sharechain" : "mainchain")}");
        console.WriteLine(found.Height is { } height
            ? $"block          #{Figures.Sats(height)}  {found.Block}"
            : "block          none yet: it waits in the mempool");
        console.WriteLine($"confirmations  {Figures.Sats(found.Confirmations)}");
        console.WriteLine($"virtual size   {Figures.Sats(transaction.VirtualSize)} vB");
        foreach (var input in transaction.Inputs)
        {
            var spent = input.PreviousOutput.IsNull ? "nothing: it mints" : input.PreviousOutput.ToString();
            console.WriteLine($"spends         {spent}");
        }

        foreach (var (index, output) in transaction.Outputs.Index())
        {
            var value = isShares ? InWords.Shares(new Quantity(output.Value.Sats)) : InWords.Sats(output.Value.Sats);
            console.WriteLine($"output {index,-7} {value} to {look.Payee(chain, output.ScriptPubKey)}");
        }

        foreach (var late in Late(chain, transaction))
        {
            console.WriteLine($"late work      Bitcoin block {late.Header.Id}, if the rules let it be registered");
        }
    }

    private static IEnumerable<LateRegistration> Late(ChainKind chain, Transaction transaction) =>
        chain == ChainKind.Sharechain ? LateRegistration.ReadAll(transaction) : [];
}
