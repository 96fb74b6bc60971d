"""Who makes challenges and checks their answers: we ourselves, or Cloudflare's Turnstile."""
