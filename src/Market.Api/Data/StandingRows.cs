using Market.Standing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>What a key has stored, as it stood a second ago at most.</summary>
public sealed class CreditRow : IEntityTypeConfiguration<CreditRow>
{
    /// <summary>Hex of the x-only key.</summary>
    public string Key { get; set; } = "";

    /// <summary>Credits.</summary>
    public long Units { get; set; }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<CreditRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("standing_credits").HasKey(c => c.Key);
        builder.Property(c => c.Key).HasColumnName("key").HasMaxLength(64);
        builder.Property(c => c.Units).HasColumnName("units");
    }
}

/// <summary>Credits that were given to a key, once for each proof: what a proof gave it gives to nobody again.</summary>
public sealed class CreditEntryRow : IEntityTypeConfiguration<CreditEntryRow>
{
    /// <summary>The longest name of a proof.</summary>
    public const int LongestProof = 128;

    /// <summary>Rises with each entry.</summary>
    public long Id { get; set; }

    /// <summary>Where they come from.</summary>
    public StandingSource Source { get; set; }

    /// <summary>The name of the proof: of all proofs of its source it names one.</summary>
    public string ProofId { get; set; } = "";

    /// <summary>Who earned them.</summary>
    public string Key { get; set; } = "";

    /// <summary>Of a transfer: who gave them; else null.</summary>
    public string? From { get; set; }

    /// <summary>How many the proof was worth.</summary>
    public long Amount { get; set; }

    /// <summary>When.</summary>
    public DateTimeOffset Time { get; set; }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<CreditEntryRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("standing_entries").HasKey(e => e.Id);
        builder.Property(e => e.Id).HasColumnName("id").UseIdentityAlwaysColumn();
        builder.Property(e => e.Source).HasColumnName("source").HasConversion<short>();
        builder.Property(e => e.ProofId).HasColumnName("proof_id").HasMaxLength(LongestProof);
        builder.Property(e => e.Key).HasColumnName("key").HasMaxLength(64);
        builder.Property(e => e.From).HasColumnName("from_key").HasMaxLength(64);
        builder.Property(e => e.Amount).HasColumnName("amount");
        builder.Property(e => e.Time).HasColumnName("time");
        builder.HasIndex(e => new { e.Source, e.ProofId }).IsUnique().HasDatabaseName("standing_entries_proof");
        builder.HasIndex(e => new { e.Key, e.Id }).HasDatabaseName("standing_entries_key");
        builder.HasIndex(e => new { e.From, e.Id }).HasDatabaseName("standing_entries_from");
    }
}

/// <summary>What raises a key's tier for a time: coins at stake, or a late block's term.</summary>
public sealed class HoldRow : IEntityTypeConfiguration<HoldRow>
{
    /// <summary>What it is.</summary>
    public StandingSource Source { get; set; }

    /// <summary>The name of the proof: of all proofs of its source it names one.</summary>
    public string ProofId { get; set; } = "";

    /// <summary>Whose.</summary>
    public string Key { get; set; } = "";

    /// <summary>Of coins: V now. Else 0.</summary>
    public long Value { get; set; }

    /// <summary>From when on it counts no more, Unix seconds.</summary>
    public long Until { get; set; }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<HoldRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("standing_holds").HasKey(h => new { h.Source, h.ProofId });
        builder.Property(h => h.Source).HasColumnName("source").HasConversion<short>();
        builder.Property(h => h.ProofId).HasColumnName("proof_id").HasMaxLength(CreditEntryRow.LongestProof);
        builder.Property(h => h.Key).HasColumnName("key").HasMaxLength(64);
        builder.Property(h => h.Value).HasColumnName("value");
        builder.Property(h => h.Until).HasColumnName("until");
        builder.HasIndex(h => h.Key).HasDatabaseName("standing_holds_key");
    }
}
