using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>A coin whose address said that orders of an account may draw on it. Where it stands is not written: that is looked up
/// on its chain and among the orders.</summary>
public sealed class ProvedOutpointRow : IEntityTypeConfiguration<ProvedOutpointRow>
{
    /// <summary>The table's name.</summary>
    public const string Table = "proved_outpoints";

    /// <summary>Rises with each proof: what pages are cut by.</summary>
    public long Number { get; set; }

    /// <summary>The account's key, x-only hex.</summary>
    public string Key { get; set; } = "";

    /// <summary>As ChainKind: 0 mainchain, 1 sharechain.</summary>
    public short Chain { get; set; }

    /// <summary>The chain's name: the network's, or that of the sharechain's row.</summary>
    public string ChainName { get; set; } = "";

    /// <summary>The transaction, 32 bytes in the order they have in a block.</summary>
    public byte[] TxId { get; set; } = [];

    /// <summary>The output's number.</summary>
    public long Index { get; set; }

    /// <summary>What it holds: satoshis or base units.</summary>
    public long Value { get; set; }

    /// <summary>The script that locks it on chain.</summary>
    public byte[] Script { get; set; } = [];

    /// <summary>Of shares that expire: the height that they expire with; null of other coins.</summary>
    public int? Root { get; set; }

    /// <summary>True for what was left of a proved coin that a swap of its account spent.</summary>
    public bool Change { get; set; }

    /// <summary>When it was proved.</summary>
    public DateTimeOffset ProvedAt { get; set; }

    /// <summary>Until when orders may stand on it.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<ProvedOutpointRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable(Table).HasKey(o => new { o.ChainName, o.TxId, o.Index });
        builder.Property(o => o.Number).HasColumnName("number").UseIdentityAlwaysColumn();
        builder.Property(o => o.Key).HasColumnName("key").HasMaxLength(64);
        builder.Property(o => o.Chain).HasColumnName("chain");
        builder.Property(o => o.ChainName).HasColumnName("chain_name").HasMaxLength(OutpointRow.LongestChainName);
        builder.Property(o => o.TxId).HasColumnName("txid");
        builder.Property(o => o.Index).HasColumnName("index");
        builder.Property(o => o.Value).HasColumnName("value");
        builder.Property(o => o.Script).HasColumnName("script");
        builder.Property(o => o.Root).HasColumnName("root");
        builder.Property(o => o.Change).HasColumnName("change");
        builder.Property(o => o.ProvedAt).HasColumnName("proved_at");
        builder.Property(o => o.ExpiresAt).HasColumnName("expires_at");
        builder.HasIndex(o => new { o.Key, o.Number }).HasDatabaseName("proved_outpoints_key");
    }
}
