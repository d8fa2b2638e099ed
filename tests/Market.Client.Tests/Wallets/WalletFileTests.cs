using Market.Bitcoin;
using Market.Chains;
using Market.Client.Wallets;

namespace Market.Client.Tests.Wallets;

public sealed class WalletFileTests : IDisposable
{
    private static readonly OutPoint First = new(TxId.Parse(new string('1', 64)), 0);
    private static readonly OutPoint Second = new(TxId.Parse(new string('2', 64)), 1);
    private readonly string _folder = Directory.CreateTempSubdirectory("market-wallet").FullName;

    private string Path => System.IO.Path.Combine(_folder, "wallet.json");

    [Fact]
    public void Remembers_across_a_restart()
    {
        var file = WalletFile.Open(Path, Devnet.Chains);
        file.Give(ChainKind.Sharechain, change: false, 3);
        file.TryReserve(ChainKind.Sharechain, [First], "order:a");
        file.NoteOwn(First.TxId);

        var again = WalletFile.Open(Path, Devnet.Chains);

        Assert.Equal(3u, again.Given(ChainKind.Sharechain, change: false));
        Assert.Equal(0u, again.Given(ChainKind.Mainchain, change: false));
        Assert.Equal("order:a", again.ReservedFor(ChainKind.Sharechain, First));
        Assert.True(again.IsOwn(First.TxId));
    }

    [Fact]
    public void A_coin_is_promised_once()
    {
        var file = WalletFile.Open(null, Devnet.Chains);

        Assert.True(file.TryReserve(ChainKind.Mainchain, [First], "order:a"));
        Assert.False(file.TryReserve(ChainKind.Mainchain, [Second, First], "order:b"));
        Assert.Null(file.ReservedFor(ChainKind.Mainchain, Second));
        Assert.True(file.TryReserve(ChainKind.Mainchain, [First, Second], "order:a"));
        file.Release("order:a");
        Assert.Empty(file.Purposes());
    }

    [Fact]
    public void Two_processes_keep_what_each_other_wrote()
    {
        var one = WalletFile.Open(Path, Devnet.Chains);
        var two = WalletFile.Open(Path, Devnet.Chains);

        one.TryReserve(ChainKind.Sharechain, [First], "order:a");
        two.Give(ChainKind.Sharechain, change: false, 7);
        Assert.False(two.TryReserve(ChainKind.Sharechain, [First], "order:b"));
        one.TryReserve(ChainKind.Sharechain, [Second], "order:a");

        Assert.Equal(7u, one.Given(ChainKind.Sharechain, change: false));
        Assert.Equal("order:a", two.ReservedFor(ChainKind.Sharechain, Second));
    }

    [Fact]
    public void A_change_keeps_what_another_process_wrote_in_the_same_tick_of_the_clock()
    {
        var one = WalletFile.Open(Path, Devnet.Chains);
        var two = WalletFile.Open(Path, Devnet.Chains);

        one.TryReserve(ChainKind.Sharechain, [First], "order:a");
        Assert.Equal("order:a", two.ReservedFor(ChainKind.Sharechain, First));
        var tick = File.GetLastWriteTimeUtc(Path);
        one.TryReserve(ChainKind.Sharechain, [Second], "order:a");
        File.SetLastWriteTimeUtc(Path, tick);

        Assert.False(two.TryReserve(ChainKind.Sharechain, [Second], "order:b"));
        two.NoteOwn(First.TxId);
        Assert.Equal("order:a", WalletFile.Open(Path, Devnet.Chains).ReservedFor(ChainKind.Sharechain, Second));
    }

    [Fact]
    public void Says_which_file_is_damaged()
    {
        File.WriteAllText(Path, "{");

        Assert.Contains(Path, Assert.Throws<InvalidDataException>(() => WalletFile.Open(Path, Devnet.Chains)).Message);
    }

    [Fact]
    public void Is_of_one_wallets_chains_and_opens_for_no_other()
    {
        var other = WalletChains.Of("devnet", "p2share-k20");
        WalletFile.Open(Path, other).Give(ChainKind.Sharechain, change: false, 3);

        Assert.Throws<ForeignFileException>(() => WalletFile.Open(Path, Devnet.Chains));
        Assert.Throws<ForeignFileException>(() => WalletFile.Open(Path, WalletChains.Of("regtest", "p2share-k20")));
        Assert.Equal(3u, WalletFile.Open(Path, other).Given(ChainKind.Sharechain, change: false));
    }

    [Fact]
    public void One_that_names_no_chains_is_of_the_networks_own()
    {
        File.WriteAllText(Path, """{ "given": { "Sharechain/receive": 3 }, "reserved": {}, "own": [] }""");

        Assert.Throws<ForeignFileException>(() => WalletFile.Open(Path, WalletChains.Of("devnet", "p2share-k20")));
        var own = WalletFile.Open(Path, Devnet.Chains);
        own.Give(ChainKind.Mainchain, change: false, 1);
        Assert.Equal(3u, own.Given(ChainKind.Sharechain, change: false));
        Assert.Throws<ForeignFileException>(() => WalletFile.Open(Path, WalletChains.Of("regtest", null)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
