using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Light;
using Market.Chains.Mining;

namespace Market.Chains.Tests.Light;

/// <summary>Headers are believed for their work, after the network's own rules, and nothing else.</summary>
public sealed class HeaderChainTests : IDisposable
{
    private const long Now = 1_800_000_000;
    private static readonly NetworkProfile Network = NetworkProfile.Of("regtest");
    private readonly TempFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "headers");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_branch_with_most_work_is_the_chain_and_is_there_after_a_restart()
    {
        var common = Branch(Network.Genesis, 5);
        var shorter = Branch(common[^1], 3, salt: 1);
        var longer = Branch(common[^1], 4, salt: 2);
        using (var chain = new HeaderChain(Network, File))
        {
            Assert.Equal(8, chain.Add([.. common, .. shorter], Now).Connected.Length);
            var result = chain.Add(longer, Now);
            Assert.Equal(
                shorter.AsEnumerable().Reverse().Select(header => header.Id.Value), result.Disconnected.Select(block => block.Id));
            Assert.Equal(longer.Select(header => header.Id.Value), result.Connected.Select(block => block.Id));
            Assert.Equal(5, chain.ForkOf(shorter[^1].Id.Value));
            Assert.False(chain.Find(shorter[0].Id.Value)!.OnBestChain);
            Assert.Equal(10 * Network.EasiestBits.Work().ToBigInteger(), chain.Work);

            // Back again: the other branch grows beyond.
            Assert.Equal(9, chain.Height);
            chain.Add(Branch(shorter[^1], 2, salt: 3), Now);
            Assert.Equal(10, chain.Height);
            Assert.True(chain.Find(shorter[0].Id.Value)!.OnBestChain);
        }

        using var again = new HeaderChain(Network, File);
        Assert.Equal(10, again.Height);
        Assert.Equal(11 * Network.EasiestBits.Work().ToBigInteger(), again.Work);
        uint[] times = [.. Enumerable.Range(0, 11).Select(i => again.At(i)!.Header.Time)];
        Assert.Equal(MedianTime.Of(times), again.At(10)!.MedianTimePast);
    }

    [Fact]
    public void A_branch_longer_than_its_bound_is_not_followed_further_and_ends_nothing()
    {
        using var chain = new HeaderChain(Network, File, most: 5);
        var headers = Branch(Network.Genesis, 7);
        Assert.Equal(LedgerError.None, chain.Add(headers, Now).Error);
        Assert.Equal(4, chain.Height);
        Assert.Equal(0, chain.Add(headers, Now).Added);
        Assert.Equal(4, chain.Add(Branch(Network.Genesis, 6, salt: 1), Now).Added);
    }

    [Fact]
    public void A_torn_or_foreign_file_gives_what_is_whole_in_it()
    {
        var headers = Branch(Network.Genesis, 6);
        using (var chain = new HeaderChain(Network, File))
        {
            chain.Add(headers, Now);
        }

        var bytes = System.IO.File.ReadAllBytes(File);
        System.IO.File.WriteAllBytes(File, bytes[..^30]);
        using (var torn = new HeaderChain(Network, File))
        {
            Assert.Equal(5, torn.Height);
            torn.Add(headers, Now);
            Assert.Equal(6, torn.Height);
        }

        bytes[3 * BlockHeader.Length + 40] ^= 1;
        System.IO.File.WriteAllBytes(File, bytes);
        using (var damaged = new HeaderChain(Network, File))
        {
            Assert.Equal(2, damaged.Height);
        }

        using var other = new HeaderChain(NetworkProfile.Of("signet"), File);
        Assert.Equal(0, other.Height);
    }

    [Fact]
    public void What_breaks_a_rule_is_refused_by_name()
    {
        using var chain = new HeaderChain(Network);
        var good = Branch(Network.Genesis, 12);
        chain.Add(good, Now);
        var next = good[^1] with { Previous = good[^1].Id, Time = good[^1].Time + 600 };

        Assert.Equal(LedgerError.Bits, Refusal(chain, Solved(next with { Bits = new CompactTarget(0x207ffffe) })));
        Assert.Equal(LedgerError.TimeTooOld, Refusal(chain, Solved(next with { Time = chain.At(12)!.MedianTimePast })));
        Assert.Equal(LedgerError.TimeTooNew, Refusal(chain, Solved(next with { Time = (uint)Now + 7_201 })));
        var nowhere = new BlockId(Hash256.DoubleSha256([1]));
        Assert.Equal(LedgerError.ParentUnknown, Refusal(chain, Solved(next with { Previous = nowhere })));
        var idle = next;
        while (idle.MeetsOwnTarget)
        {
            idle = idle with { Nonce = idle.Nonce + 1 };
        }

        Assert.Equal(LedgerError.ProofOfWork, Refusal(chain, idle));
        Assert.Equal(LedgerError.None, Refusal(chain, Solved(next with { Time = (uint)Now + 7_200 })));
    }

    [Fact]
    public void A_cheap_chain_is_not_taken_for_the_real_one()
    {
        using var chain = new HeaderChain(NetworkProfile.Of("mainnet"));
        Assert.False(chain.HasLeastWork);
        using var regtest = new HeaderChain(Network);
        Assert.True(regtest.HasLeastWork);
    }

    // Bitcoin Core's pow_tests.
    [Theory]
    [InlineData(1_261_130_161, 32_255, 1_262_152_739, 0x1d00ffff, 0x1d00d86a)]
    [InlineData(1_231_006_505, 2_015, 1_233_061_996, 0x1d00ffff, 0x1d00ffff)]
    [InlineData(1_279_008_237, 68_543, 1_279_297_671, 0x1c05a3f4, 0x1c0168fd)]
    [InlineData(1_263_163_443, 46_367, 1_269_211_443, 0x1c387f6f, 0x1d00e1fd)]
    public void Targets_follow_Bitcoins_rule(long first, int height, long last, uint bits, uint next)
    {
        var header = Network.Genesis with { Time = (uint)last, Bits = new CompactTarget(bits) };
        var start = header with { Time = (uint)first };

        Assert.Equal(
            new CompactTarget(next),
            Difficulty.After(NetworkProfile.Of("mainnet"), header, height, (uint)last + 600, _ => start));
        Assert.Equal(
            header.Bits, Difficulty.After(NetworkProfile.Of("mainnet"), header, height - 1, (uint)last + 600, _ => start));
    }

    [Fact]
    public void On_testnet4_a_late_block_may_be_easy_and_the_next_one_is_not()
    {
        var network = NetworkProfile.Of("testnet4");
        var hard = network.Genesis with { Bits = new CompactTarget(0x1c00ffff), Time = 2_000_000_000 };
        var easy = hard with { Bits = network.EasiestBits };

        Assert.Equal(hard.Bits, Difficulty.After(network, hard, 3_000, hard.Time + 1_200, _ => hard));
        Assert.Equal(network.EasiestBits, Difficulty.After(network, hard, 3_000, hard.Time + 1_201, _ => hard));
        Assert.Equal(hard.Bits, Difficulty.After(network, easy, 3_001, easy.Time + 600, _ => hard));
    }

    private static LedgerError Refusal(HeaderChain chain, BlockHeader header) => chain.Add([header], Now).Error;

    private static BlockHeader Solved(BlockHeader header) => HeaderSolver.Solve(header)!;

    private static List<BlockHeader> Branch(BlockHeader parent, int count, int salt = 0)
    {
        var headers = new List<BlockHeader>();
        for (var i = 0; i < count; i++)
        {
            parent = Solved(new BlockHeader(
                0x20000000, parent.Id, Hash256.DoubleSha256(BitConverter.GetBytes(1_000 * salt + i)), parent.Time + 600,
                Network.EasiestBits, 0));
            headers.Add(parent);
        }

        return headers;
    }
}
