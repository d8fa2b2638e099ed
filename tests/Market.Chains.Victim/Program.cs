using System.Globalization;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Postgres;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Hashing;
using Market.Sharechain;

// Mines both chains as fast as it can until it is killed, reorganising now and then, and says what it has written.
// Arguments: "file" FOLDER, or "postgres" CONNECTION.
var open = (string name) => args[0] == "file"
    ? (IBlockStore)FileBlockStore.Open(Path.Combine(args[1], name))
    : PostgresBlockStore.Open(args[1], name);
var owner = new Script(new byte[] { 0x51 });
await using var main = await EmbeddedMainchain.OpenAsync(
    new EmbeddedMainchainOptions
    {
        Parameters = MainParameters.Regtest, TreasuryScript = owner, PremineBlocks = 20, Mine = false,
    },
    InterpreterRules.Consensus, open("mainchain"), TimeProvider.System);
await using var shares = await ShareNode.OpenAsync(
    SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, open("shares"), main, TimeProvider.System);
for (var round = 1; ; round++)
{
    if (round % 5 == 0)
    {
        var height = (await main.GetTipAsync()).Height;
        await main.MineForkAsync(height - (round % 4), (round % 4) + 1);
    }
    else
    {
        await main.MineAsync(1);
    }

    await SayAsync("main", main);
    var template = await shares.GetTemplateAsync(owner);
    if (Solve(template) is { } share && (await shares.SubmitShareAsync(share)).Code == SubmitCode.Accepted)
    {
        await SayAsync("share", shares);
    }
}

static async Task SayAsync(string name, IChain chain)
{
    var tip = await chain.GetTipAsync();
    await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{name} {tip.Height} {tip.Id}"));
    await Console.Out.FlushAsync();
}

static ShareBlock? Solve(ShareTemplate template)
{
    Span<byte> limit = stackalloc byte[Hash256.Length];
    Span<uint> found = stackalloc uint[1];
    if (!template.ShareTarget.TryExpand(out var target))
    {
        return null;
    }

    target.WriteLittleEndian(limit);
    var scan = NonceScanner.Scan(template.MainHeader.ToArray(), 0, 1L << 26, limit, found);
    return scan.Found == 0 ? null : template.ToShare(template.MainHeader with { Nonce = found[0] });
}
