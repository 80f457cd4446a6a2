/** A multiset of entries as their number and the sums of two hashes: see bench/harness/digest.ts. */
final class Digest {
  private static final int PRIME = 0x01000193;

  private long entries;
  private int first;
  private int second;

  void add(String key, String value) {
    entries++;
    first += hash(0x811c9dc5, key, value);
    second += hash(0x050c5d1f, key, value);
  }

  private static int hash(int offset, String key, String value) {
    return fold((fold(offset, key) ^ '\t') * PRIME, value);
  }

  private static int fold(int hash, String text) {
    for (int i = 0; i < text.length(); i++) hash = (hash ^ text.charAt(i)) * PRIME;
    return hash;
  }

  @Override
  public String toString() {
    return entries + " " + Integer.toHexString(first) + "-" + Integer.toHexString(second);
  }
}
